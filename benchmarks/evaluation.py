"""Analogies and word pairs against gensim, same vectors, same answers: `python benchmarks/evaluation.py`."""

import tempfile
from pathlib import Path
from typing import Any

import torch
from timing import cpu_seconds, report, row

from lecturelib.datasets import load
from lecturelib.words import Word2Vec
from lecturelib.words.evaluation import WordVectors

EPOCHS = {"brown": 3, "wikipedia-2014": 1}


def compared(corpus: str, epochs: int) -> list[dict[str, Any]]:
    """Train vectors on a corpus, let both answer all questions, check that they agree, and compare the time."""
    data: Any = load(corpus)
    model = Word2Vec(epochs=epochs).fit(data.sentences("train"))
    keyed, ours = model.to_gensim(), WordVectors(model.vectors, model.vocabulary)
    sections, pairs = load("analogies").sections, load("wordsim353").pairs
    with tempfile.TemporaryDirectory() as folder:
        questions, rated = Path(folder, "questions"), Path(folder, "pairs")
        lines = (f": {name}\n" + "".join(" ".join(q) + "\n" for q in some) for name, some in sections.items())
        questions.write_text("".join(lines), encoding="utf-8")
        rated.write_text("".join(f"{a}\t{b}\t{score}\n" for a, b, score in pairs), encoding="utf-8")

        theirs = keyed.evaluate_word_analogies(str(questions))[1][-1]
        counts = len(theirs["correct"]), len(theirs["correct"]) + len(theirs["incorrect"])
        assert ours.analogies(sections)["all"] == counts
        seconds = cpu_seconds(
            {
                "ours": lambda: ours.analogies(sections),
                "gensim": lambda: keyed.evaluate_word_analogies(str(questions)),
            },
            repeats=3,
        )
        work = f"{corpus}: {counts[1]:,} analogies, {len(model.vocabulary):,} words"
        rows = [row(work, "gensim", "s", seconds["ours"], seconds["gensim"], ">= 20")]
        assert abs(ours.word_pairs(pairs).spearman - keyed.evaluate_word_pairs(str(rated))[1][0]) < 1e-6
        seconds = cpu_seconds(
            {"ours": lambda: ours.word_pairs(pairs), "gensim": lambda: keyed.evaluate_word_pairs(str(rated))}, repeats=9
        )
        work = f"{corpus}: WordSim-353"
        return [*rows, row(work, "gensim", "s", seconds["ours"], seconds["gensim"], "none")]


def main() -> None:
    """Compare on vectors of few words, and of many."""
    report("evaluation", [line for corpus, epochs in EPOCHS.items() for line in compared(corpus, epochs)])


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
