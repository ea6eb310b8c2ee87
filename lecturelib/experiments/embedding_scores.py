"""Intrinsic scores of skip-gram and CBOW on Wikipedia: analogies by 3CosAdd, and the rank correlation with people.

python -m lecturelib experiment embedding-scores      # three seeds, to results/experiments/embedding-scores.json
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from lecturelib.datasets import load
from lecturelib.experiments import runner
from lecturelib.experiments.skipgram_vs_cbow import METHODS, sentences_of
from lecturelib.words import Vocabulary, Word2Vec
from lecturelib.words.evaluation import WordVectors

SEEDS, FREQUENT = (0, 1, 2), 20_000
SETTINGS: dict[str, Any] = {"vector_size": 100, "window": 5, "epochs": 5}
SECTIONS = {"all": "all analogies", "family": "family", "capital-common-countries": "common capitals"}


class Known(NamedTuple):
    """Vectors of words, and their words."""

    vectors: Tensor
    vocabulary: Vocabulary


def glove() -> Known:
    """Return GloVe's vectors, a yardstick: 50 numbers each, learnt from a thousand times as much text.

    Raises:
        DatasetError: they can neither be found nor downloaded.

    """
    known = load("glove-50d")  # their order is all that is known of the frequencies
    return Known(known.vectors, Vocabulary({word: len(known) - k for k, word in enumerate(known.words)}))


def scores(model: Word2Vec | Known) -> dict[str, float]:
    """Return percent of the analogies among frequent words, and 100 times the rank correlations."""
    frequent = WordVectors(model.vectors, model.vocabulary, restrict=FREQUENT)
    answered = frequent.analogies(load("analogies").sections)
    every = WordVectors(model.vectors, model.vocabulary)
    found = {title: answered[name].accuracy for name, title in SECTIONS.items()}
    for name, title in (("wordsim353", "WordSim-353"), ("simlex999", "SimLex-999")):
        pairs: Any = load(name)
        found[title] = 100 * every.word_pairs(pairs.pairs).spearman
    return {title: round(value, 2) for title, value in found.items()}


def measure(path: Path, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Train both methods with all seeds; write `path` after each, and resume an interrupted run.

    Raises:
        ValueError: `path` holds results of other settings.
        DatasetError: a data set can neither be found nor downloaded.

    """
    content = runner.open_results(path, SETTINGS)
    sentences = sentences_of("wikipedia-2014")

    def row(method: str, seed: int) -> dict[str, Any]:
        began = time.process_time()
        model = Word2Vec(model=method, seed=seed, **SETTINGS).fit(sentences)  # type: ignore[arg-type]
        return {"cpu_seconds": round(time.process_time() - began, 1), "scores": scores(model)}

    return runner.run_missing(path, content, [{"method": m, "seed": s} for s in seeds for m in METHODS], row)


def summary() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: mean scores over seeds ± spread.

    Raises:
        ValueError: it has not been run.

    """
    rows = runner.read(__name__)["rows"]
    titles = list(rows[0]["scores"])
    lines = [[method, *runner.means([r for r in rows if r["method"] == method], titles)] for method in METHODS]
    return ["method", *titles], lines
