"""Mikolov's mail, put to the test: skip-gram against CBOW, by the size of the corpus and by how frequent a word is.

"Skip-gram: works well with small amount of the training data, represents well even rare words or phrases. CBOW:
several times faster to train than the skip-gram, slightly better accuracy for the frequent words." (Tomas Mikolov,
2013, shown in the lecture.)

Two tests. Grammar: how many of a word's ten nearest neighbours have its part of speech? The Brown corpus tells it for
all words, rare ones too; those of its smallest part are judged, so that all parts are judged by the same. Meaning: the
rank correlation with what people say of the pairs of WordSim-353, after training on articles of Wikipedia; a pair with
a word that was not learnt is left out.

    python -m lecturelib experiment skipgram-vs-cbow     # three seeds, to results/experiments/skipgram-vs-cbow.json
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

from lecturelib.datasets import load
from lecturelib.experiments import runner
from lecturelib.words import Vocabulary, Word2Vec
from lecturelib.words.evaluation import WordVectors

Method = Literal["skip-gram", "cbow"]
METHODS: tuple[Method, ...] = ("skip-gram", "cbow")
PARTS, SEEDS = (16, 4, 1), (0, 1, 2)  # a sixteenth of the corpus, a quarter, all
BANDS = ((2, 4), (5, 19), (20, 10**9))  # how often a word occurs in the smallest part
NEIGHBOURS = 10
SETTINGS: dict[str, dict[str, Any]] = {"brown": {"min_count": 2, "epochs": 10}, "wikipedia-2014": {"epochs": 3}}


def sentences_of(name: str) -> list[list[str]]:
    """Return the paragraphs of Brown, or the lines of Wikipedia's train split; every n-th of them has all topics."""
    data = load(name)
    parts = ("train", "valid", "test") if name == "brown" else ("train",)
    return [sentence for part in parts for sentence in data.sentences(part)]


def main_tags() -> dict[str, int]:
    """Return the number of each word's most frequent tag in the Brown corpus."""
    data = load("brown")
    words: Any = data.vocabulary
    tags: Any = data.tags
    splits: Any = (data.train, data.valid, data.test)
    x, y = torch.cat([split.x for split in splits]), torch.cat([split.y for split in splits])
    pairs, counts = torch.unique(x * len(tags) + y, return_counts=True)
    best = dict[str, int]()
    for i in counts.argsort(stable=True).tolist():  # of a word's tags, the most frequent is written last
        best[words[int(pairs[i]) // len(tags)]] = int(pairs[i]) % len(tags)
    return best


def agreement(vectors: Float[Tensor, "words dim"], tag: Tensor) -> Float[Tensor, " words"]:
    """Share of each word's ten nearest neighbours by cosine that have its tag."""
    w = normalize(vectors, dim=1)
    similar = w @ w.T
    similar.fill_diagonal_(-torch.inf)
    nearest = similar.topk(min(NEIGHBOURS, len(w) - 1), dim=1).indices
    return (tag[nearest] == tag[:, None]).float().mean(dim=1)


def grammar(model: Word2Vec, judged: Vocabulary, tags: dict[str, int]) -> dict[str, float]:
    """Return the agreement of tags, in percent, for words in three bands of frequency."""
    rows = model.vocabulary.encode(judged)
    share = agreement(model.vectors[rows], torch.tensor([tags[word] for word in judged]))
    names = [f"occurs {low} to {high} times" if high < 10**9 else f"{low} times or more" for low, high in BANDS]
    within = [(judged.counts >= low) & (judged.counts <= high) for low, high in BANDS]
    return {name: round(100 * float(share[band].mean()), 2) for name, band in zip(names, within, strict=True)}


def meaning(model: Word2Vec) -> dict[str, float]:
    """Return 100 times the rank correlation on WordSim-353, and how many of its pairs were there."""
    score = WordVectors(model.vectors, model.vocabulary).word_pairs(load("wordsim353").pairs)
    return {"WordSim-353": round(100 * score.spearman, 2), "pairs": score.pairs}


def measure(path: Path, parts: Sequence[int] = PARTS, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Train both methods on all parts with all seeds; write `path` after each, and resume an interrupted run.

    Raises:
        ValueError: `path` holds results of other settings.
        DatasetError: a corpus can neither be found nor downloaded.

    """
    content = runner.open_results(path, SETTINGS)
    tags, texts = main_tags(), {corpus: sentences_of(corpus) for corpus in SETTINGS}
    judged = {corpus: Vocabulary.of(text[:: max(parts)], min_count=2) for corpus, text in texts.items()}

    def row(corpus: str, part: int, seed: int, method: str) -> dict[str, Any]:
        some = texts[corpus][::part]
        began = time.process_time()
        model = Word2Vec(model=method, seed=seed, **SETTINGS[corpus]).fit(some)  # type: ignore[arg-type]
        cost = {"words": sum(map(len, some)), "cpu_seconds": round(time.process_time() - began, 1)}
        return {**cost, "scores": grammar(model, judged[corpus], tags) if corpus == "brown" else meaning(model)}

    cases = runner.grid(corpus=SETTINGS, part=parts, seed=seeds, method=METHODS)
    return runner.run_missing(path, content, cases, row)


def summary(corpus: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: mean scores over seeds ± spread, by size and method.

    Raises:
        ValueError: it has not been run.

    """
    measured = [row for row in runner.read(__name__)["rows"] if row["corpus"] == corpus]
    names = [name for name in measured[0]["scores"] if name != "pairs"]
    lines = []
    for part in dict.fromkeys(row["part"] for row in measured):
        for method in METHODS:
            mine = [row for row in measured if row["part"] == part and row["method"] == method]
            seconds = sum(row["cpu_seconds"] for row in mine) / len(mine)
            lines.append([f"{mine[0]['words']:,}", method, *runner.means(mine, names), f"{seconds:.0f} s"])
    return ["words read", "method", *names, "CPU time"], lines
