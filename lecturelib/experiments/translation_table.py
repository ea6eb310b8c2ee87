"""Translation by a linear map in numbers: both methods and scores, by text, by size of the dictionary, by frequency.

To compare the three texts, the words are asked that all of them know; of the first text also all that it knows. Sizes
are tried out on the valid part of the dictionary.

    python -m lecturelib experiment translation-table     # three seeds, to results/experiments/translation-table.json
"""

import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch

from lecturelib.datasets import load
from lecturelib.experiments import runner
from lecturelib.experiments.translation import (
    SETTINGS,
    TEXTS,
    TOP,
    Asked,
    Space,
    all_centred,
    answers,
    both,
    pairs_of,
    questions,
    texts,
    train,
)
from lecturelib.words import Vocabulary
from lecturelib.words.translation import METHODS, SCORES
from lecturelib.words.translation_scores import edit_distances, occurrences, skewness

SEEDS = (0, 1, 2)
GRID = [(dim, epochs) for dim in (50, 100, 200) for epochs in (5, 10, 20)]  # tried with the first seed, on valid
BANDS = ((1, 500), (501, 1500), (1501, 10**9))  # ranks of the English word by its count
SIZES = (100, 300, 1000)  # pairs of the dictionary, drawn by the seed; and all
PREPARED = ("as they are", "centred")  # the vectors
PAPER = {"P@1": 33, "P@5": 51}  # English to Spanish, Table 2


def try_out(dim: int, epochs: int) -> dict[str, Any]:
    """Train once and score on the validation part, in all ways."""
    space = train(*texts("all"), 0, vector_size=dim, epochs=epochs)
    asked = questions(space, "valid")
    return {"asked": len(asked.answers), "scores": _ways(space, asked)}


def _ways(space: Space, asked: Asked) -> dict[str, float]:
    """Both methods, both scores, vectors as they are or centred."""
    scores: dict[str, float] = {}
    for prepared, of in zip(PREPARED, (space, all_centred(space)), strict=True):
        pairs = pairs_of(questions(of, "train"))
        for method in METHODS:
            for score in SCORES:
                found = both(answers(of, asked.words, pairs, method, score), asked)
                scores |= {f"{method}, {score}, {prepared}, {k}": value for k, value in found.items()}
    return scores


def run(text: str, seed: int) -> dict[str, Any]:
    """Train on a text and score on the test part; of all sentences, also by band, size of the dictionary and hubs."""
    began = time.process_time()
    space = train(*texts(text), seed)
    seconds = round(time.process_time() - began, 1)
    asked = questions(space, "test", _common_words())
    row: dict[str, Any] = {"cpu_seconds": seconds, "common": len(asked.answers)}
    row["scores"] = {f"common: {name}": value for name, value in _ways(space, asked).items()}
    if text == "all":
        asked = questions(space, "test")
        row |= {"asked": len(asked.answers), "vocabularies": [len(space.en), len(space.es)]}
        row["scores"] |= _ways(space, asked) | _sizes(space, asked, seed) | _bands(space, asked) | _hubs(space)
    return row


@cache
def _common_words() -> set[str]:
    """The English words of the test part that can be asked after all texts, with a translation that all know."""
    known = [[Vocabulary.of(sentences, min_count=5) for sentences in texts(name)] for name in TEXTS]
    return {
        word
        for word, right in load("freedict-en-es").test.items()
        if all(word in en for en, _ in known) and any(all(r in es for _, es in known) for r in right)
    }


def _sizes(space: Space, asked: Asked, seed: int) -> dict[str, float]:
    """By how many pairs of the dictionary the map was fitted to; centred, CSLS."""
    space = all_centred(space)
    i, j = pairs_of(questions(space, "train"))
    order = torch.randperm(len(i), generator=torch.Generator().manual_seed(seed))
    scores: dict[str, float] = {}
    for size in (*SIZES, len(i)):
        some = order[:size]
        for method in METHODS:
            found = both(answers(space, asked.words, (i[some], j[some]), method, "csls"), asked)
            name = "all" if size == len(i) else str(size)
            scores |= {f"{name} pairs: {method}, {k}": value for k, value in found.items()}
    return scores


def _bands(space: Space, asked: Asked) -> dict[str, float]:
    """By the rank of the English word; Procrustes, centred, CSLS. How many words: the same for all seeds."""
    space = all_centred(space)
    found = answers(space, asked.words, pairs_of(questions(space, "train")), "procrustes", "csls")
    scores: dict[str, float] = {}
    for low, high in BANDS:
        mine = [k for k, i in enumerate(asked.words.tolist()) if low <= i + 1 <= high]
        of = Asked(asked.words[mine], [asked.answers[k] for k in mine])
        scores |= {f"rank {low}: {k}": value for k, value in both(found[mine], of).items()}
        scores[f"rank {low}: words"] = len(mine)
    return scores


def _hubs(space: Space) -> dict[str, float]:
    """Skewness of how often each Spanish word is among the five answers to all English ones, and the largest number."""
    scores: dict[str, float] = {}
    for prepared, of in zip(PREPARED, (space, all_centred(space)), strict=True):
        pairs = pairs_of(questions(of, "train"))
        for method in METHODS:
            for score in SCORES:
                counts = occurrences(answers(of, torch.arange(len(of.en)), pairs, method, score), len(of.es))
                scores[f"{method}, {score}, {prepared}, skewness"] = round(skewness(counts), 2)
                scores[f"{method}, {score}, {prepared}, largest"] = int(counts.max())
    return scores


def baselines() -> dict[str, Any]:
    """What needs no vectors: always the most frequent words, or the words spelt most alike."""
    en, es = (Vocabulary.of(sentences, min_count=5) for sentences in texts("all"))
    asked = questions(Space(en, es, torch.zeros(len(en), 1), torch.zeros(len(es), 1)), "test")
    spelt = edit_distances(en.decode(asked.words), es.words)
    # Of equal distances the more frequent word comes first: the sort is stable.
    found = {
        "most frequent": torch.arange(TOP).expand(len(asked.answers), TOP),
        "edit distance": spelt.argsort(dim=1, stable=True)[:, :TOP],
    }
    scores = {f"{name}, {k}": value for name, rows in found.items() for k, value in both(rows, asked).items()}
    same = [{es.index(en.words[i])} if en.words[i] in es else set() for i in asked.words.tolist()]
    hits = sum(not own.isdisjoint(right) for own, right in zip(same, asked.answers, strict=True))
    return {"scores": scores | {"same spelling, P@1": round(100 * hits / len(same), 2)}}


def measure(path: Path, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Try out sizes on valid, then train on all texts with all seeds; write `path` after each; resume if interrupted.

    Raises:
        ValueError: `path` holds results of other settings.
        DatasetError: a data set can neither be found nor downloaded.

    """
    content = runner.open_results(path, {**SETTINGS, "grid": GRID, "sizes": SIZES, "bands": BANDS})
    tried = [{"text": "valid", "seed": 0, "dim": dim, "epochs": epochs} for dim, epochs in GRID]
    runner.run_missing(path, content, tried, lambda text, seed, dim, epochs: try_out(dim, epochs))
    runner.run_missing(path, content, [{"text": "none", "seed": 0}], lambda text, seed: baselines())
    return runner.run_missing(path, content, [{"text": t, "seed": s} for s in seeds for t in TEXTS], run)


def _rows(text: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = runner.read(__name__)["rows"]
    return [row for row in rows if row["text"] == text]


def _line(rows: Sequence[dict[str, Any]], name: str) -> list[str]:
    """P@1 and P@5, mean ± spread."""
    return runner.means(rows, [f"{name}P@{k}" for k in (1, TOP)])


def summary() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of the table of methods, the baselines first and the paper last.

    Raises:
        ValueError: it has not been run.

    """
    (none,), rows = _rows("none"), _rows("all")
    lines = [[name, "—", "—", *_line([none], f"{name}, ")] for name in ("most frequent", "edit distance")]
    for prepared in PREPARED:
        for method in METHODS:
            for score in SCORES:
                lines.append([method, prepared, score, *_line(rows, f"{method}, {score}, {prepared}, ")])
    lines.append(["the paper, least squares", "as they are", "cosine", *(str(PAPER[f"P@{k}"]) for k in (1, TOP))])
    return ["map", "vectors", "score", "P@1", "P@5"], lines


def by_text() -> tuple[list[str], list[list[str]]]:
    """Return the table of the three texts: centred vectors, CSLS, words that are known after all.

    Raises:
        ValueError: it has not been run.

    """
    lines = [
        [text, *(cell for m in METHODS for cell in _line(_rows(text), f"common: {m}, csls, centred, "))]
        for text in TEXTS
    ]
    return ["text", *(f"{method}, P@{k}" for method in METHODS for k in (1, TOP))], lines


def by_size() -> tuple[list[str], list[list[str]]]:
    """Return the table of P@5 by the number of pairs that the map was fitted to: centred vectors, CSLS.

    Raises:
        ValueError: it has not been run.

    """
    rows = _rows("all")
    names = [*map(str, SIZES), "all"]
    return ["P@5 with …", *(f"{name} pairs" for name in names)], [
        [method, *runner.means(rows, [f"{name} pairs: {method}, P@{TOP}" for name in names])] for method in METHODS
    ]


def by_band() -> tuple[list[str], list[list[str]]]:
    """Return the table by the English word's rank: Procrustes, centred vectors, CSLS.

    Raises:
        ValueError: it has not been run.

    """
    rows = _rows("all")
    lines = []
    for low, high in BANDS:
        words = int(rows[0]["scores"][f"rank {low}: words"])
        lines.append([f"{low} to {high}" if high < 10**9 else f"{low} on", str(words), *_line(rows, f"rank {low}: ")])
    return ["rank of the word", "words asked", "P@1", "P@5"], lines


def hubs() -> tuple[list[str], list[list[str]]]:
    """Return the table of hubs: skewness of the 5-occurrence, and how many words have the largest hub as an answer.

    Raises:
        ValueError: it has not been run.

    """
    rows, lines = _rows("all"), []
    for prepared in PREPARED:
        for method in METHODS:
            for score in SCORES:
                names = [f"{method}, {score}, {prepared}, {what}" for what in ("skewness", "largest")]
                lines.append([method, prepared, score, *runner.means(rows, names)])
    return ["map", "vectors", "score", "skewness", "largest hub"], lines


def tried() -> tuple[list[str], list[list[str]]]:
    """Return the table of what was tried on valid: P@5 by dimensions and epochs; Procrustes, centred vectors, CSLS.

    Raises:
        ValueError: it has not been run.

    """
    found = {(r["dim"], r["epochs"]): r["scores"][f"procrustes, csls, centred, P@{TOP}"] for r in _rows("valid")}
    dims, epochs = (sorted({case[k] for case in GRID}) for k in (0, 1))
    return ["P@5 on valid", *(f"{e} epochs" for e in epochs)], [
        [f"{dim} dimensions", *(f"{found[dim, e]:.1f}" for e in epochs)] for dim in dims
    ]
