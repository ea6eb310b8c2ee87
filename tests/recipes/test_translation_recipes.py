"""The translation experiment on a language and its copy: texts, questions, all rows, resuming, tables."""

import json
import random
import re
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lecturelib.datasets import load
from lecturelib.datasets.bilingual import words_of
from lecturelib.experiments import runner, translation, translation_table
from lecturelib.words import Vocabulary

WORDS = [f"w{chr(97 + k // 5)}{chr(97 + k % 5)}" for k in range(40)]


def copied(word: str) -> str:
    return word + "o"


def toy(name: str) -> Any:
    """Sentences of neighbouring words, their copies in another language, and the dictionary of both."""
    draw = random.Random(0)
    if name == "tatoeba-en-es":
        starts = [draw.randrange(36) for _ in range(1500)]
        sentences = [[*draw.sample(WORDS[s : s + 5], 4), f"x{k}"] for k, s in enumerate(starts)]
        return SimpleNamespace(train=[(" ".join(s), " ".join(map(copied, s))) for s in sentences])
    parts = {"train": WORDS[::2], "valid": WORDS[1::4], "test": WORDS[3::4]}
    return SimpleNamespace(**{p: {w: (copied(w), "absent", "wao") for w in words} for p, words in parts.items()})


@pytest.fixture
def small(monkeypatch):
    for module in (translation, translation_table):
        monkeypatch.setattr(module, "load", toy)
    settings = {"vector_size": 4, "epochs": 1, "window": 2}
    monkeypatch.setattr(translation, "SETTINGS", settings)
    monkeypatch.setattr(translation_table, "SETTINGS", settings)
    monkeypatch.setattr(translation_table, "GRID", [(3, 1), (4, 1)])
    monkeypatch.setattr(translation_table, "SIZES", (3, 10))
    monkeypatch.setattr(translation_table, "BANDS", ((1, 20), (21, 10**9)))
    caches = (translation.texts, translation_table._common_words)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


def test_questions_are_known_words_with_known_translations():
    en, es = Vocabulary({"house": 5, "cat": 3, "run": 2}), Vocabulary({"casa": 5, "gato": 3, "x": 1})
    space = translation.Space(en, es, torch.zeros(3, 1), torch.zeros(3, 1))
    entries = {"cat": ("gato", "felino"), "house": ("casa", "gato"), "run": ("correr",), "dog": ("gato",)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(translation, "load", lambda name: SimpleNamespace(train=entries))
        asked = translation.questions(space, "train")
        few = translation.questions(space, "train", known={"house"})
        none = translation.questions(space, "train", known=set())
    assert (asked.words.tolist(), asked.answers) == ([1, 0], [{1}, {0, 1}])
    assert (few.words.tolist(), few.answers) == ([0], [{0, 1}])
    assert [x.tolist() for x in translation.pairs_of(asked)] == [[1, 0, 0], [1, 0, 1]]
    assert [x.tolist() for x in translation.pairs_of(none)] == [[], []]


@pytest.mark.slow  # it reads 119,000 sentences three times
@pytest.mark.needs_data("tatoeba-en-es")
def test_no_sentence_of_one_half_has_its_translation_in_the_other():
    pairs = load("tatoeba-en-es").train
    english, spanish = translation.texts("two halves")
    same = translation.texts("same half")
    assert english == same[0]
    left, right = ({" ".join(sentence) for sentence in sentences} for sentences in (english, spanish))
    assert len(left) / len({" ".join(s) for s in words_of(pairs, "en")}) == pytest.approx(0.5, abs=0.01)
    for pair in pairs[::10]:
        one, two = (" ".join(re.findall(r"[^\W_]+", sentence.lower())) for sentence in pair)
        assert (one in left) != (two in right)
    assert {" ".join(sentence) for sentence in same[1]}.isdisjoint(right)


def test_a_language_and_its_copy_are_translated(small):
    space = translation.train(*translation.texts("all"), 0, epochs=40, vector_size=8)
    assert len(space.en) == len(space.es) == 40
    centred = translation.all_centred(space)
    asked = translation.questions(centred, "test")
    pairs = translation.pairs_of(translation.questions(centred, "train"))
    found = translation.answers(centred, asked.words, pairs, "procrustes", "csls")
    assert found.shape == (10, translation.TOP)
    assert translation.both(found, asked)["P@5"] >= 70  # by chance 5 of 40, twice: 25


def test_the_experiment_goes_on_where_it_was_stopped_and_has_all_tables(small, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "results_dir", lambda: tmp_path)
    path = runner.results_path(translation_table.__name__)
    path.parent.mkdir()
    rows = translation_table.measure(path, seeds=[0])["rows"]
    assert [row["text"] for row in rows] == ["valid", "valid", "none", *translation.TEXTS]
    content = json.loads(path.read_text())
    content["rows"][3]["cpu_seconds"] = -1.0
    path.write_text(json.dumps(content))
    rows = translation_table.measure(path, seeds=[0, 1])["rows"]
    assert [(row["text"], row["seed"]) for row in rows[6:]] == [(text, 1) for text in translation.TEXTS]
    assert rows[3]["cpu_seconds"] == -1.0  # not run again
    assert rows[3]["asked"] == rows[3]["common"] == 10
    assert rows[3]["vocabularies"] == [40, 40]

    header, table = translation_table.summary()
    assert header == ["map", "vectors", "score", "P@1", "P@5"]
    first = [line[0] for line in table]
    assert first[:2] == ["most frequent", "edit distance"]
    assert first[2:-1] == 2 * [*2 * ["least-squares"], *2 * ["procrustes"]]
    assert table[1][3:] == ["100.0", "100.0"]  # a copy is spelt nearly the same
    assert table[-1][3:] == ["33", "51"]
    for cells in (line[3:] for line in table[2:-1]):
        assert all(" ± " in cell for cell in cells)
    header, table = translation_table.by_text()
    assert [line[0] for line in table] == list(translation.TEXTS)
    assert {len(line) for line in table} == {len(header)} == {5}
    header, table = translation_table.by_size()
    assert header == ["P@5 with …", "3 pairs", "10 pairs", "all pairs"]
    assert {len(line) for line in table} == {4}
    header, table = translation_table.by_band()
    assert [line[0] for line in table] == ["1 to 20", "21 on"]
    assert sum(int(line[1]) for line in table) == 10
    header, table = translation_table.tried()
    assert [line[0] for line in table] == ["3 dimensions", "4 dimensions"]
    assert header == ["P@5 on valid", "1 epochs"]
    header, table = translation_table.hubs()
    assert len(table) == 8

    monkeypatch.setattr(translation_table, "SETTINGS", {"vector_size": 5})
    with pytest.raises(ValueError, match=r"settings: expected those of translation-table.json, got others"):
        translation_table.measure(path)


def test_absent_results_are_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(runner, "results_dir", lambda: tmp_path)
    for table in (translation_table.summary, translation_table.by_text, translation_table.tried):
        with pytest.raises(
            ValueError, match=r"^results: expected translation-table.json, got no such file; run `python"
        ):
            table()
