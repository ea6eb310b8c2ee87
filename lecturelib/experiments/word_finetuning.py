"""The masked language model finetuned on the tasks of `word_tasks`: sentiment, parts of speech and names.

    python -m lecturelib experiment word-finetuning       # three seeds, to results/experiments/word-finetuning.json

The same small networks, on the same words, but the whole model is trained with them: as in the paper by Adam, for a few
epochs, with a learning rate that falls to 0. Its first value is chosen by the valid split, with the first seed.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

from lecturelib import recipes
from lecturelib.experiments import runner, word_features, word_tasks
from lecturelib.experiments.word_features import PARTS, TASKS, read_as, task_parts
from lecturelib.recipes import recipe
from lecturelib.recipes.recipe import Budget
from lecturelib.words import MaskedLM
from lecturelib.words.feature_rows import moments
from lecturelib.words.finetuning import EDGE, UNKNOWN, Finetuned
from lecturelib.words.tasks import Lookup, SentenceClassifier, WindowTagger, word_shape

SEEDS = (0, 1, 2)
SETTINGS: dict[str, Any] = {
    "networks": word_features.SETTINGS["networks"],
    "every": word_features.SETTINGS["every"],
    "learning_rates": [1e-3, 3e-3],
    "batch_size": 32,
    "epochs": {"sentiment": 4, "parts of speech": 4, "names": 12},
    "clip": 1.0,
    "precision": "bf16",
}
NO_TAG = -100  # a target that cross_entropy leaves out
EVAL_BATCH_SIZE = 128  # sentences

Batch = tuple[Tensor, Tensor, Tensor, Tensor]


def sentences(task: str, part: str, model: MaskedLM) -> Batch:
    """Return a split as `Finetuned` reads it, x, positions and shapes, and y: classes of sentences, or tags of words.

    Of a sentence that is longer than the model's texts the last words are not read.
    """
    of, start = task_parts(task)[part], 0
    rows: list[list[Tensor]] = [[], [], [], []]
    for i, length in enumerate(of.lengths.tolist()):
        mine = slice(start, start + length)
        read = [model.vocabulary.index(word) if word else UNKNOWN for word in read_as(of.words[mine], model.vocabulary)]
        kept = [k for k, number in enumerate(read) if number != UNKNOWN][: model.max_length]
        positions = torch.full((length,), UNKNOWN)
        positions[kept] = torch.arange(len(kept))
        # Attention needs a word to attend to, so a sentence of nothing but marks is read as a rare word.
        numbers = torch.tensor([read[k] for k in kept] or [model.vocabulary.index("")])
        y = of.y[i] if task == "sentiment" else of.y[mine]
        shapes = torch.tensor([word_shape(word) for word in of.words[mine]])
        for column, row in zip(rows, (numbers, positions, shapes, y), strict=True):
            column.append(row)
        start += length
    fill = (model.padding_index, EDGE, 0)
    x, positions, shapes = (pad_sequence(c, True, f) for c, f in zip(rows, fill, strict=False))
    return x, positions, shapes, torch.stack(rows[3]) if task == "sentiment" else pad_sequence(rows[3], True, NO_TAG)


def loss(model: Any, batch: Batch) -> Tensor:
    """Return the cross-entropy, in nats per word or sentence."""
    *inputs, y = batch
    scores = model(*inputs)
    if y.dim() == 2:
        return cross_entropy(scores.flatten(0, 1), y[:, : scores.shape[1]].flatten(), ignore_index=NO_TAG)
    return cross_entropy(scores, y)


def train(task: str, batch: Batch, learning_rate: float, seed: int) -> Finetuned:
    """Return the model and the network, trained together on a split."""
    model = _model()
    outputs = int(max(task_parts(task)[part].y.max() for part in PARTS)) + 1

    def build() -> Finetuned:
        table = Lookup(torch.zeros(0, model.E.shape[1]), finetune=True)
        net = (
            SentenceClassifier(table, outputs)
            if task == "sentiment"
            else WindowTagger(table, outputs, **SETTINGS["networks"])
        )
        return Finetuned(model, net, *_moments(model, batch))

    budget = Budget(
        epochs=SETTINGS["epochs"][task],
        learning_rate=learning_rate,
        minutes=1,
        batch_size=SETTINGS["batch_size"],
        clip=SETTINGS["clip"],
        precision=SETTINGS["precision"],
    )
    tuned: Finetuned = recipe.train(build, loss, batch, None, budget, seed)[0]
    return tuned.eval()


@torch.no_grad()
def predictions(model: Finetuned, batch: Batch) -> Tensor:
    """Return the most probable class of each sentence, or tag of each word, all sentences in one."""
    found = []
    for x, positions, shapes, y in zip(*(column.split(EVAL_BATCH_SIZE) for column in batch), strict=True):
        best = model(x, positions, shapes).argmax(dim=-1)
        found.append(best if y.dim() == 1 else best[positions[:, : best.shape[1]] != EDGE])
    return torch.cat(found)


def measure(path: Path, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Train and test on all tasks; write `path` after each, and resume an interrupted run.

    Raises:
        ValueError: `path` holds results of other settings, or there are no stored weights.
        DatasetError: a data set can neither be found nor downloaded.

    """
    content = runner.open_results(path, SETTINGS)
    for task in TASKS:
        data = {part: sentences(task, part, _model()) for part in PARTS}

        def row(task: str, seed: int, data: dict[str, Batch] = data) -> dict[str, Any]:
            chosen = [r["learning_rate"] for r in content["rows"] if (r["task"], r["seed"]) == (task, seeds[0])]
            began, best = time.process_time(), None
            for learning_rate in chosen or SETTINGS["learning_rates"]:
                model = train(task, data["train"], learning_rate, seed)
                found = word_tasks.scores(task, "valid", predictions(model, data["valid"]))
                valid = next(iter(found.values()))
                if best is None or valid > best[0]:
                    best = (valid, learning_rate, model)
            assert best is not None
            valid, learning_rate, model = best
            return {
                "learning_rate": learning_rate,
                "valid": valid,
                "cpu_seconds": round(time.process_time() - began, 1),
                "scores": word_tasks.scores(task, "test", predictions(model, data["test"])),
            }

        runner.run_missing(path, content, [{"task": task, "seed": seed} for seed in seeds], row)
    return content


def summary() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: for each task the best finetuned features of each kind, as `word_tasks.best`.

    Raises:
        ValueError: it has not been run.

    """
    rows = runner.read(__name__)["rows"]
    header, lines = word_tasks.best(tuned=True)
    for line in lines:
        mine = [row for row in rows if row["task"] == line[0]]
        line[-1] = runner.means(mine, [next(iter(mine[0]["scores"]))])[0]
    return header, lines


def _model() -> MaskedLM:
    model: MaskedLM = recipes.load_model(word_tasks.MASKED)
    return model


@torch.no_grad()
def _moments(model: MaskedLM, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of the model's hidden states of all words of a split."""
    layer = len(model.layers)
    pieces = [model.hidden_states(x, layer)[x != model.padding_index] for x in batch[0].split(EVAL_BATCH_SIZE)]
    return moments(torch.cat(pieces))
