"""Table 1 of the neural language model's paper, made again: n-grams, the network, and their mixtures on Brown.

Bengio, Ducharme, Vincent and Jauvin, "A Neural Probabilistic Language Model", JMLR 3 (2003).

    python -m lecturelib experiment brown-table    # three seeds, to results/experiments/brown-table.json

The nets are those of the recipe "neural-lm-brown", with checkpoints where `reproduce` has them: what one trained the
other need not train again. But `reproduce` removes them when it has finished, so it comes second.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lecturelib import recipes
from lecturelib.datasets import load
from lecturelib.experiments import runner
from lecturelib.recipes import neural_lm
from lecturelib.recipes.reproduce import settings
from lecturelib.words.mixture import mixture, mixture_weight
from lecturelib.words.ngram import NGram

NAME, SEEDS = "neural-lm-brown", (0, 1, 2)
INTERPOLATED, KNESER_NEY, LONGER = "interpolated trigram", "Kneser-Ney, n = 3", "Kneser-Ney, n = 5"
NEURAL = "neural net"
# Perplexities on valid and test, with 16,383 words; its neural nets are MLP9 and MLP10, with 100 hidden units.
PAPER = {
    INTERPOLATED: [352, 336],
    KNESER_NEY: [334, 323],
    LONGER: [332, 321],
    NEURAL: [280, 276],
    f"half {NEURAL}, half {INTERPOLATED}": [265, 252],
}


def ngrams(train: Tensor, valid: Tensor) -> dict[str, NGram]:
    """Return the paper's n-grams by their names, fitted; those of `INTERPOLATED` are weighted by what `valid` says."""
    return {
        INTERPOLATED: NGram(3, neural_lm.SYMBOLS, smoothing="interpolated").fit(train, valid),
        KNESER_NEY: NGram(3, neural_lm.SYMBOLS, smoothing="kneser-ney").fit(train),
        LONGER: NGram(5, neural_lm.SYMBOLS, smoothing="kneser-ney").fit(train),
    }


def measure(
    path: Path, seeds: Sequence[int] = SEEDS, *, budget: str = "gpu", runs: Path = Path("runs")
) -> dict[str, Any]:
    """Make the table, write `path` after each seed, and resume an interrupted run.

    Raises:
        ValueError: `path` holds results of other settings.
        DatasetError: the corpus can neither be found nor downloaded.

    """
    recipe = recipes.get(NAME)
    content = runner.open_results(path, settings(recipe.budgets[budget]))
    content |= {"symbols": neural_lm.SYMBOLS, "paper": PAPER}
    data = load(recipe.dataset)
    train, *held_out = (neural_lm.merged(split) for split in (data.train, data.valid, data.test))
    tables = ngrams(train, held_out[0])
    ngram_log_p = {name: (table.log_prob(held_out[0]), table.log_prob(held_out[1])) for name, table in tables.items()}
    if not content["rows"]:
        content["rows"] = [row(name, *log_p) for name, log_p in ngram_log_p.items()]
        runner.write(path, content)
    for seed in sorted(set(seeds) - {r["seed"] for r in content["rows"]}):
        done = recipes.run(recipe, budget, seed=seed, checkpoint=runs / f"{NAME}-{budget}-{seed}.checkpoint")
        with torch.no_grad():
            valid, test = (done.model.log_prob(text).double() for text in held_out)
        content["rows"].append(row(NEURAL, valid, test, seed) | {"cpu_seconds": round(done.history.cpu_seconds, 1)})
        for name in (INTERPOLATED, KNESER_NEY):
            other_valid, other_test = ngram_log_p[name]
            best = mixture_weight(valid, other_valid)
            for label, weight in ((f"half {NEURAL}, half {name}", 0.5), (f"{NEURAL} and {name}, weighted", best)):
                mixed = mixture(valid, other_valid, weight), mixture(test, other_test, weight)
                content["rows"].append(row(label, *mixed, seed) | {"weight": round(weight, 3)})
        runner.write(path, content)
    return content


def row(model: str, valid: Tensor, test: Tensor, seed: int | None = None) -> dict[str, Any]:
    """Return a row of the table: the perplexities that follow from the log-probabilities of all words."""
    perplexities = {name: round(float((-p.mean()).exp()), 2) for name, p in (("valid", valid), ("test", test))}
    return {"model": model, "seed": seed, **perplexities}


def summary() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: perplexities, mean over seeds ± spread, beside the paper's.

    Raises:
        ValueError: it has not been run.

    """
    content = runner.read(__name__)
    lines = []
    for model in dict.fromkeys(row["model"] for row in content["rows"]):
        mine = [row for row in content["rows"] if row["model"] == model]
        paper = content["paper"].get(model, ["—", "—"])
        cells = [model]
        for split, published in zip(("valid", "test"), paper, strict=True):
            values = torch.tensor([row[split] for row in mine])
            spread = f" ± {values.std():.1g}" if len(mine) > 1 else ""
            cells += [f"{values.mean():.1f}{spread}", str(published)]
        lines.append(cells)
    return ["model", "valid", "paper, valid", "test", "paper, test"], lines
