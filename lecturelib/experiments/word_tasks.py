"""What features of words are good for: sentiment, parts of speech and names, by a small network that reads them.

    python -m lecturelib experiment word-tasks        # three seeds, to results/experiments/word-tasks.json

The features: random numbers; skip-gram and CBOW, trained as in `embedding_scores`; GloVe, trained by others on
hundreds of times as much text; and the layers of the masked language model, whose features of a word depend on its
sentence. All are standardised, and all are read by the same networks in the same way: a word counts in lower case, and
where it is unknown, as its longest run of letters and digits. Frozen features stay as they are, finetuned ones are
trained with the network. Learning rate and number of epochs are chosen by the valid split, the former with the first
seed only. Of the sentences with parts of speech every third one is used for training.

For each test split, in percent: the accuracy, or for names F1; and where the train split does not help: the accuracy on
words that it does not have, and the names found among those with such a word.
"""

import time
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lecturelib import recipes
from lecturelib.datasets import load
from lecturelib.experiments import runner
from lecturelib.experiments.skipgram_vs_cbow import METHODS
from lecturelib.experiments.word_features import (
    PARTS,
    SETTINGS,
    TASKS,
    Features,
    Part,
    contextual,
    static,
    task_parts,
    word_vectors,
)
from lecturelib.training import History, fit
from lecturelib.words.tags import most_frequent_tag, span_f1, spans
from lecturelib.words.tasks import Lookup, SentenceClassifier, WindowTagger, windows, word_shape

SEEDS = (0, 1, 2)
STATIC = ("random", *METHODS, "glove-50d")
MASKED, LAYERS = "masked-lm-wikipedia", (0, 1, 2, 3)


def batch(task: str, part: Part, rows: Tensor, edge: int) -> tuple[Tensor, ...]:
    """Return the inputs of the task's network, and y."""
    if task == "sentiment":
        inside = torch.arange(int(part.lengths.max())) < part.lengths[:, None]
        x = torch.full(inside.shape, edge)
        x[inside] = rows
        return x, part.y
    reach = SETTINGS["networks"]["reach"]
    shapes = torch.tensor([word_shape(word) for word in part.words])
    return (
        windows(rows, part.lengths, reach=reach, edge=edge),
        windows(shapes, part.lengths, reach=reach, edge=0),
        part.y,
    )


def loss(model: Any, batch: tuple[Tensor, ...]) -> Tensor:
    """Return the cross-entropy, in nats per word or sentence."""
    return cross_entropy(model(*batch[:-1]), batch[-1])


def train(task: str, features: Features, finetune: bool, learning_rate: float, seed: int) -> tuple[Any, History]:
    """Return the task's network, trained on features, and the history of its training."""
    parts = task_parts(task)
    outputs = int(max(parts[part].y.max() for part in PARTS)) + 1
    table = Lookup(features.table, finetune=finetune)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model: Any = (
            SentenceClassifier(table, outputs)
            if task == "sentiment"
            else WindowTagger(table, outputs, **SETTINGS["networks"])
        )
    data = {part: batch(task, parts[part], features.rows[part], table.edge) for part in ("train", "valid")}
    history = fit(
        model,
        loss,
        data["train"],
        data["valid"],
        epochs=SETTINGS["epochs"][task],
        batch_size=SETTINGS["batch_size"],
        optimizer=partial(torch.optim.Adagrad, lr=learning_rate),
        patience=SETTINGS["patience"],
        seed=seed,
    )
    return model.eval(), history


@torch.no_grad()
def predictions(model: Any, task: str, part: str, features: Features) -> Tensor:
    """Return the most probable tag of each word, or class of each sentence."""
    inputs = batch(task, task_parts(task)[part], features.rows[part], model.e.edge)[:-1]
    pieces = zip(*(x.split(4096) for x in inputs), strict=True)
    return torch.cat([model(*piece).argmax(dim=1) for piece in pieces])


def scores(task: str, part: str, predicted: Tensor) -> dict[str, float]:
    """Return a task's scores, the main one first, in percent."""
    known = {word.lower() for word in task_parts(task)["train"].words}
    of = task_parts(task)[part]
    right = (predicted == of.y).double()
    if task == "sentiment":
        return {"accuracy": _percent(right)}
    new = torch.tensor([word.lower() not in known for word in of.words])
    if task == "parts of speech":
        return {"accuracy": _percent(right), "on new words": _percent(right[new])}
    names = ["O" if tag == "\n" else tag for tag in load(TASKS[task]).tags or ()]  # the mark between sentences
    lengths = of.lengths.tolist()
    expected, got = ([[names[i] for i in tags.tolist()] for tags in y.split(lengths)] for y in (of.y, predicted))
    found = [
        float(span in spans(guess))
        for tags, guess, is_new in zip(expected, got, new.split(lengths), strict=True)
        for span in spans(tags)
        if is_new[span[1] : span[2]].any()
    ]
    return {"F1": round(span_f1(expected, got), 2), "new names found": _percent(torch.tensor(found))}


def _percent(right: Tensor) -> float:
    return round(100 * float(right.double().mean()), 2)


def baseline(task: str, part: str) -> Tensor:
    """Return the most frequent class in train; for words the most frequent tag of each there."""
    train, of = task_parts(task)["train"], task_parts(task)[part]
    if task == "sentiment":
        return train.y.bincount().argmax().expand(len(of.y))
    usual = most_frequent_tag([word.lower() for word in train.words], [str(y) for y in train.y.tolist()])
    return torch.tensor([int(usual.get(word.lower(), usual[""])) for word in of.words])


def measure(
    path: Path,
    seeds: Sequence[int] = SEEDS,
    static_features: Sequence[str] = STATIC,
    layers: Sequence[int] = LAYERS,
    runs: Path = Path("runs"),
) -> dict[str, Any]:
    """Train and test all networks; write `path` after each, and resume an interrupted run.

    Raises:
        ValueError: `path` holds results of other settings.
        DatasetError: a data set can neither be found nor downloaded.

    """
    content = runner.open_results(path, SETTINGS)

    @lru_cache(maxsize=1)
    def features_of(task: str, name: str) -> Features:
        if name.startswith(MASKED):
            return contextual(task_parts(task), recipes.load_model(MASKED).eval(), int(name.split()[-1]))
        return static(task_parts(task), *word_vectors(name, runs))

    def row(task: str, features: str, tuned: bool, seed: int) -> dict[str, Any]:
        if features == "baseline":
            return {"scores": scores(task, "test", baseline(task, "test"))}
        given = features_of(task, features)
        chosen = [
            r["learning_rate"]
            for r in content["rows"]
            if (r["task"], r["features"], r["tuned"], r["seed"]) == (task, features, tuned, seeds[0])
        ]
        began, best = time.process_time(), None
        for learning_rate in chosen or SETTINGS["learning_rates"]:
            model, history = train(task, given, tuned, learning_rate, seed)
            valid = next(iter(scores(task, "valid", predictions(model, task, "valid", given)).values()))
            if best is None or valid > best[0]:
                best = (valid, learning_rate, history.best_epoch + 1, model)
        assert best is not None
        valid, learning_rate, epochs, model = best
        return {
            "dim": given.table.shape[1],
            "unknown": _percent(given.rows["test"] == len(given.table)),
            "learning_rate": learning_rate,
            "epochs": epochs,
            "valid": valid,
            "cpu_seconds": round(time.process_time() - began, 1),
            "scores": scores(task, "test", predictions(model, task, "test", given)),
        }

    names = [(name, tuned) for name in static_features for tuned in (False, True)]
    names += [(f"{MASKED}, layer {layer}", False) for layer in layers]
    for task in TASKS:
        cases: list[dict[str, Any]] = [{"task": task, "features": "baseline", "tuned": False, "seed": seeds[0]}]
        cases += [{"task": task, "features": name, "tuned": t, "seed": s} for name, t in names for s in seeds]
        runner.run_missing(path, content, cases, row)
    return content


def summary(task: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table of a task's mean scores over seeds ± spread, by features.

    Raises:
        ValueError: it has not been run.

    """
    rows = [row for row in runner.read(__name__)["rows"] if row["task"] == task]
    titles = list(rows[0]["scores"])
    lines = []
    for name in dict.fromkeys(row["features"] for row in rows):
        frozen, tuned = ([r for r in rows if (r["features"], r["tuned"]) == (name, t)] for t in (False, True))
        cells = [
            cell for some in (frozen, tuned) for cell in (runner.means(some, titles) if some else ["—"] * len(titles))
        ]
        if name == "baseline":
            known = "most frequent class" if task == "sentiment" else "most frequent tag of the word"
            lines.append([known, "—", "—", *cells])
        else:
            lines.append([name, str(frozen[0]["dim"]), f"{frozen[0]['unknown']:.0f}%", *cells])
    columns = [f"{how}: {title}" for how in ("frozen", "finetuned") for title in titles]
    return ["features", "dimensions", "unknown", *columns], lines


def best(*, tuned: bool) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: for each task, the best features of a kind and their scores on test.

    The kinds are the static features of our own corpus, GloVe, and the layers of the masked language model, where they
    have been measured; the best of a kind is chosen by the valid split.

    Args:
        tuned: whether of the finetuned features or of the frozen ones.

    Raises:
        ValueError: it has not been run.

    """
    measured = runner.read(__name__)["rows"]
    rows = [row for row in measured if row["tuned"] == tuned and "valid" in row]
    kinds = {"word2vec": METHODS, "GloVe": ("glove-50d",), "masked LM": [f"{MASKED}, layer {k}" for k in LAYERS]}
    lines = []
    for task in TASKS:
        cells = [task]
        for names in kinds.values():
            of = {name: [r for r in rows if (r["task"], r["features"]) == (task, name)] for name in names}
            of = {name: some for name, some in of.items() if some}
            first = max(of, key=lambda name: mean(r["valid"] for r in of[name]), default=None)
            main = next(iter(of[first][0]["scores"])) if first else ""
            cells.append(f"{runner.means(of[first], [main])[0]} ({first.split(', ')[-1]})" if first else "—")
        lines.append(cells)
    return ["task", *kinds], lines
