"""The stored masked language model beside counts, on the same masked words of the same test texts.

    python -m lecturelib experiment masked-table      # to results/experiments/masked-table.json

Every seventh word of each text of 64 is masked, as in the recipe's metric; the words beside it can be read by all. The
counts are of the whole training split, and their weights chosen on the valid split.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lecturelib import recipes
from lecturelib.datasets import load
from lecturelib.experiments import runner
from lecturelib.recipes import masked_lm
from lecturelib.recipes.reproduce import settings
from lecturelib.recipes.weights import read_metadata
from lecturelib.words.masked_lm import MaskedLM
from lecturelib.words.two_sided_ngram import BidirectionalNGram

UNIGRAM, COUNTS, MODEL = "unigram", "left and right neighbour, counted", "masked language model"
BANDS = (100, 1000, 8000)  # the 100 most frequent words, the next 900, and the rest
EVAL_BATCH_SIZE = 256  # positions


def contexts(model: MaskedLM, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return for each masked word of `x` the one on its left, itself, and the one on its right."""
    row, i = masked_lm.masked_positions(model, x).nonzero(as_tuple=True)
    return x[row, i - 1].long(), x[row, i].long(), x[row, i + 1].long()


def counted(counts: BidirectionalNGram, left: Tensor, word: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Return log p of each word in nats, and its rank among all words, from 0."""
    log_p, rank = [], []
    for a, w, b in zip(*(part.split(EVAL_BATCH_SIZE) for part in (left, word, right)), strict=True):
        y = counts.log_prob(a, b)
        log_p.append(y.gather(1, w[:, None])[:, 0])
        rank.append(masked_lm.ranks(y, w))
    return torch.cat(log_p).double(), torch.cat(rank)


def scores(log_p: Tensor, rank: Tensor, word: Tensor) -> dict[str, float]:
    """Return perplexity and percent right: of all words, among ten guesses, and by how frequent a word is.

    Args:
        log_p: in nats.
        rank: of the right word among all guesses, from 0.
        word: the right word's number, the most frequent first.

    """
    right = 100 * (rank == 0).double()
    found = {
        "perplexity": float(log_p.mean().neg().exp()),
        "right": float(right.mean()),
        "among ten": 100 * float((rank < 10).double().mean()),
    }
    for low, high in zip((0, *BANDS), BANDS, strict=False):
        mine = right[(word >= low) & (word < high)]
        found[f"{low}-{high}"] = float(mine.mean()) if len(mine) else 0.0
    return {name: round(value, 2) for name, value in found.items()}


def measure(path: Path) -> dict[str, Any]:
    """Measure the three of them and write `path`.

    Raises:
        ValueError: `path` holds results of other settings, or there are no stored weights.
        DatasetError: the articles can neither be found nor downloaded.

    """
    recipe = recipes.get(masked_lm.NAME)
    stored = read_metadata(recipe)
    content = runner.open_results(path, settings(recipe.budgets[stored["budget"]]))
    net = recipes.load_model(masked_lm.NAME)
    data = load(masked_lm.DATASET)
    train, valid, test = (masked_lm.windows(split) for split in (data.train, data.valid, data.test))
    where = contexts(net, test)
    counts = BidirectionalNGram(train.flatten(), net.maskable[: net.mask_index]).fit_weights(*contexts(net, valid))
    content |= {"masked words": len(where[1]), "seed": stored["seed"]}

    def row(model: str) -> dict[str, Any]:
        if model == MODEL:
            found = masked_lm.predictions(net, test)
        elif model == COUNTS:
            found = counted(counts, *where)
        else:
            order = counts.unigram.argsort(descending=True, stable=True).argsort()
            found = counts.unigram[where[1]].log().double(), order[where[1]]
        return {"scores": scores(*found, where[1])}

    return runner.run_missing(path, content, [{"model": name} for name in (UNIGRAM, COUNTS, MODEL)], row)


def summary() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table.

    Raises:
        ValueError: it has not been run.

    """
    rows = runner.read(__name__)["rows"]
    names = list(rows[0]["scores"])
    header = ["model", "perplexity", "right, %", "among ten, %", "100 most frequent, %", "next 900, %", "rest, %"]
    return header, [[row["model"], *(f"{row['scores'][name]:.1f}" for name in names)] for row in rows]
