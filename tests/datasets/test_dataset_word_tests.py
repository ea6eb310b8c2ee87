"""Analogy questions and word pairs: known counts and lines, and files of another form."""

import pytest
from loopback import half, registered, right, with_files

from lecturelib.datasets import AnalogyQuestions, DatasetError, WordPairs, load, registry, word_tests
from lecturelib.datasets.files import fetch

SECTIONS = {
    "capital-common-countries": 506,
    "capital-world": 4524,
    "currency": 866,
    "city-in-state": 2467,
    "family": 506,
    "gram1-adjective-to-adverb": 992,
    "gram2-opposite": 812,
    "gram3-comparative": 1332,
    "gram4-superlative": 1122,
    "gram5-present-participle": 1056,
    "gram6-nationality-adjective": 1599,
    "gram7-past-tense": 1560,
    "gram8-plural": 1332,
    "gram9-plural-verbs": 870,
}


def test_analogies():
    data = load("analogies")
    assert isinstance(data, AnalogyQuestions)
    assert {name: len(questions) for name, questions in data.sections.items()} == SECTIONS
    assert len(data) == sum(SECTIONS.values()) == 19_544
    syntactic = sum(count for name, count in SECTIONS.items() if name.startswith("gram"))
    assert f"({syntactic:,} questions)" in data.note
    assert f"({19_544 - syntactic:,})" in data.note
    assert f"{SECTIONS['capital-common-countries'] + SECTIONS['capital-world']:,}" in data.note
    assert data.sections["capital-common-countries"][0] == ("Athens", "Greece", "Baghdad", "Iraq")
    assert ("boy", "girl", "king", "queen") in data.sections["family"]
    assert ("good", "better", "bad", "worse") in data.sections["gram3-comparative"]
    text = fetch(registry.get("analogies"))[0].read_text()
    again = "".join(f": {name}\n" + "".join(" ".join(q) + "\n" for q in qs) for name, qs in data.sections.items())
    assert again.split() == text.split()
    for questions in data.sections.values():
        assert all(len({a, b, c, d}) >= 3 and (a, b) != (c, d) for a, b, c, d in questions)
    assert repr(data).splitlines()[1] == "  questions 19544 in 14 sections"


def test_wordsim353():
    data = load("wordsim353")
    assert isinstance(data, WordPairs)
    assert len(data) == len(data.pairs) == 353
    assert data.pairs[:2] == [("love", "sex", 6.77), ("tiger", "cat", 7.35)]
    assert len({word for a, b, _ in data.pairs for word in (a, b)}) == 437
    for a, b, count in (("money", "cash", 2), ("bank", "money", 2), ("tiger", "tiger", 1)):  # as the note says
        assert sum({a, b} == {*pair[:2]} for pair in data.pairs) == count
    assert len({frozenset(pair[:2]) for pair in data.pairs}) == 351
    assert min(score for *_, score in data.pairs) == 0.23
    assert repr(data).splitlines()[1] == "  pairs     353"


@pytest.mark.needs_data("simlex999")
def test_simlex999():
    data = load("simlex999")
    assert isinstance(data, WordPairs)
    assert len(data) == len({pair[:2] for pair in data.pairs}) == 999
    assert data.pairs[:2] == [("old", "new", 1.58), ("smart", "intelligent", 9.2)]
    scores = {frozenset(pair[:2]): pair[2] for pair in data.pairs}
    assert scores[frozenset({"coast", "shore"})] > 8
    assert scores[frozenset({"clothes", "closet"})] < 4


def test_simlex999_through_the_net(cache, site, monkeypatch):
    entry, body = registry.get("simlex999"), b"# comment\n\nold\tnew\t1.58\r\nbig\tlarge\t10\n"
    url = site.add("simlex999.txt", body, half, right)
    registered(monkeypatch, with_files(entry, {entry.files[0].path: body}, lambda path: (url,)))
    assert load("simlex999").pairs == [("old", "new", 1.58), ("big", "large", 10.0)]


@pytest.mark.parametrize(
    ("body", "got"),
    [
        (b"a\tb\n", r"got 'a\\tb' in line 1"),
        (b"# c\na\tb\t1\na\tb\t1\t2\n", r"got 'a\\tb\\t1\\t2' in line 3"),
        (b"a\tb\tc\n", r"got 'a\\tb\\tc' in line 1"),
        (b"a\t\t1\n", r"got 'a\\t\\t1' in line 1"),
        (b"a\tb\t10.5\n", "in line 1"),
        (b"a\tb\t-1\n", "in line 1"),
        (b"a\tb\tnan\n", "in line 1"),
        (b"a b 1\n", "in line 1"),
        (b"", "got none"),
        (b"\n \n", "got none"),
        (b"\xff", "text in UTF-8, got 'utf-8' codec"),
    ],
)
def test_pairs_of_another_form(tmp_path, body, got):
    (tmp_path / "x.tsv").write_bytes(body)
    with pytest.raises(DatasetError, match=f"x.tsv: expected .*{got}.*; fetch it again$") as caught:
        word_tests.read_word_pairs([tmp_path / "x.tsv"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "got"),
    [
        (b"a b c d\n", "got 'a b c d' in line 1"),
        (b": s\na b c\n", "got 'a b c' in line 2"),
        (b": s\na b c d e\n", "got 'a b c d e' in line 2"),
        (b": s\n: t u v\n", "got ': t u v' in line 2"),
        (b": s\na b c d\n: s\n", "got ': s' in line 3"),
        (b":\n", "got ':' in line 1"),
        (b"", "got none"),
    ],
)
def test_questions_of_another_form(tmp_path, body, got):
    (tmp_path / "x.txt").write_bytes(body)
    with pytest.raises(DatasetError, match=f"x.txt: expected .*{got}.*; fetch it again$") as caught:
        word_tests.read_analogies([tmp_path / "x.txt"])
    assert "\n" not in str(caught.value)
