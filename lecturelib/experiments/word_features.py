"""The words of the tasks and their features: trained vectors, GloVe's, or the layers of a masked language model.

The experiment on them is `word_tasks`.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lecturelib.atomic import atomic_write
from lecturelib.datasets import load
from lecturelib.experiments import embedding_scores
from lecturelib.experiments.skipgram_vs_cbow import METHODS, sentences_of
from lecturelib.words import Vocabulary, Word2Vec
from lecturelib.words.feature_rows import longest_run, standardised, word_rows

PARTS = ("train", "valid", "test")
TASKS = {"sentiment": "rt-polarity", "parts of speech": "ud-ewt", "names": "wnut17"}
SETTINGS: dict[str, Any] = {
    "vectors": {**embedding_scores.SETTINGS, "seed": 0},
    "networks": {"reach": 2, "hidden_size": 100, "shape_features": 5},
    "learning_rates": [0.03, 0.1],
    "batch_size": 256,
    "epochs": {"sentiment": 20, "parts of speech": 5, "names": 8},
    "every": {"sentiment": 1, "parts of speech": 3, "names": 1},  # sentence of train: every n-th
    "patience": 2,
}


class Part(NamedTuple):
    """A split of a task: the words of all sentences, the sentences' lengths, and the label of each word or sentence."""

    words: list[str]
    lengths: Tensor
    y: Tensor


class Features(NamedTuple):
    """A table of features, and each word's row in it by split; unknown words have the number behind the last."""

    table: Tensor
    rows: dict[str, Tensor]


@cache
def task_parts(task: str) -> dict[str, Part]:
    """Return the splits of a task.

    Raises:
        DatasetError: its data set can neither be found nor downloaded.

    """
    data, parts = load(TASKS[task]), {}
    for part in PARTS:
        every = SETTINGS["every"][task] if part == "train" else 1
        sentences = list(data.sentences(part))[::every]
        if task == "sentiment":
            y = getattr(data, part).y[::every]
        else:
            assert data.tags is not None
            number = {tag: i for i, tag in enumerate(data.tags)}
            tags = list(data.sentence_tags(part))[::every]
            y = torch.tensor([number[tag] for sentence in tags for tag in sentence])
        lengths = torch.tensor([len(sentence) for sentence in sentences])
        parts[part] = Part([word for sentence in sentences for word in sentence], lengths, y)
    return parts


def word_vectors(name: str, runs: Path) -> tuple[Tensor, Vocabulary]:
    """Return vectors of words: our own, trained once and kept in `runs`, random ones, or GloVe's."""
    if name == "glove-50d":
        return embedding_scores.glove()
    method = METHODS[0] if name == "random" else name
    path = runs / f"word-tasks-{method}.safetensors"
    if not path.exists():
        model = Word2Vec(model=method, **SETTINGS["vectors"]).fit(sentences_of("wikipedia-2014"))  # type: ignore[arg-type]
        words = torch.tensor(list("\n".join(model.vocabulary).encode()), dtype=torch.uint8)
        with atomic_write(path) as aside:
            save_file({"vectors": model.vectors.contiguous(), "counts": model.vocabulary.counts, "words": words}, aside)
    kept = load_file(path)
    vectors = kept["vectors"]
    if name == "random":
        vectors = torch.randn(vectors.shape, generator=torch.Generator().manual_seed(0))
    names = kept["words"].numpy().tobytes().decode().split("\n")
    return vectors, Vocabulary(dict(zip(names, kept["counts"].tolist(), strict=True)))


def static(parts: dict[str, Part], vectors: Tensor, vocabulary: Vocabulary) -> Features:
    """Return the vectors of the words that occur in a task, standardised over its train split."""
    rows = {part: word_rows(parts[part].words, vocabulary) for part in PARTS}
    used = torch.cat(list(rows.values())).unique()
    used = used[used < len(vocabulary)]
    new = torch.full((len(vocabulary) + 1,), len(used))
    new[used] = torch.arange(len(used))
    return Features(standardised(vectors, rows["train"])[used], {part: new[rows[part]] for part in PARTS})


def read_as(words: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """Return words as a model without punctuation reads them, "" where there is nothing to read."""
    return [word.lower() if word.lower() in vocabulary else longest_run(word) for word in words]


def contextual(parts: dict[str, Part], model: Any, layer: int) -> Features:
    """Return the features that a model gives each word in its sentence, one row per position; standardised by train.

    As in its training the model sees no punctuation; such words have no features.
    """
    tables, rows, count = [], {}, 0
    for part in PARTS:
        words = read_as(parts[part].words, model.vocabulary)
        is_read = torch.tensor([bool(word) for word in words])
        sentences, start = [], 0
        for length in parts[part].lengths.tolist():
            sentences.append([word for word in words[start : start + length] if word])
            start += length
        with torch.no_grad():
            table = torch.cat(model.features([sentence for sentence in sentences if sentence], layer=layer))
        rows[part] = torch.full((len(words),), -1)
        rows[part][is_read] = torch.arange(count, count + len(table))
        tables.append(table)
        count += len(table)
    table = standardised(torch.cat(tables), torch.arange(len(tables[0])))
    return Features(table, {part: torch.where(rows[part] < 0, count, rows[part]) for part in PARTS})
