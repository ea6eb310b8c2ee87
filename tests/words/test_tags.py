"""Tags of words: names against a pattern that reads them as CoNLL's evaluation does, and what is refused."""

import random
import re
from typing import Any

import pytest
import torch

from lecturelib.words import Vocabulary, tags
from lecturelib.words.feature_rows import word_rows


def test_most_frequent_tag():
    words, given = ["run", "run", "run", "dog", "dog"], ["VERB", "NOUN", "VERB", "NOUN", "NOUN"]
    assert tags.most_frequent_tag(words, given) == {"run": "VERB", "dog": "NOUN", "": "NOUN"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("O O", set()),
        ("B-a I-a O", {("a", 0, 2)}),
        ("B-a B-a", {("a", 0, 1), ("a", 1, 2)}),
        ("B-a I-b", {("a", 0, 1), ("b", 1, 2)}),  # another kind begins another name
        ("O I-a I-a", {("a", 1, 3)}),  # no B-: it begins all the same
        ("I-a B-a I-a", {("a", 0, 1), ("a", 1, 3)}),
        ("B-creative-work I-creative-work", {("creative-work", 0, 2)}),
    ],
)
def test_spans(given, expected):
    assert tags.spans(given.split()) == expected


LETTERS = {"O": ".", "B-a": "A", "I-a": "a", "B-b": "B", "I-b": "b", "B-x-y": "X", "I-x-y": "x"}


def names_by_a_pattern(sentences: list[list[str]]) -> set[tuple[int, int, int, str]]:
    """As CoNLL's evaluation reads IOB tags: a name begins with B, or with an I after another kind."""
    lines = ["".join(LETTERS[tag] for tag in sentence) for sentence in sentences]
    pattern = re.compile("[Aa]a*|[Bb]b*|[Xx]x*")
    return {(k, *name.span(), name[0][0].lower()) for k, line in enumerate(lines) for name in pattern.finditer(line)}


def test_f1_is_that_of_conll_for_all_sorts_of_tags():
    draw = random.Random(0)
    kinds = ["O", *LETTERS]
    none = 0
    for _ in range(300):
        lengths = [draw.randrange(1, 7) for _ in range(draw.randrange(1, 5))]
        expected, got = ([[draw.choice(kinds) for _ in range(n)] for n in lengths] for _ in range(2))
        got = [
            [e if draw.random() < 0.5 else o for e, o in zip(*both, strict=True)]
            for both in zip(expected, got, strict=True)
        ]
        ours, theirs = names_by_a_pattern(expected), names_by_a_pattern(got)
        both = len(ours & theirs)
        f1 = 2 * both / max(1, len(ours) + len(theirs))  # of precision both/theirs and recall both/ours
        assert tags.span_f1(expected, got) == pytest.approx(100 * f1)
        none += f1 == 0
    assert none < 100
    assert tags.span_f1([["O"]], [["O"]]) == 0


NUMBER: Any = 1
LIST: Any = ["O"]
OTHER_SCHEMES = [
    (["B-LOC", "E-LOC"], "E-LOC"),
    (["S-PER", "O"], "S-PER"),
    (["U-PER", "O"], "U-PER"),
    (["B-LOC", "L-LOC"], "L-LOC"),
    (["PER-B", "PER-I"], "PER-B"),
    (["LOC"], "LOC"),
    (["B-"], "B-"),
    (["B"], "B"),
    ([""], ""),
]


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(("given", "named"), OTHER_SCHEMES)
def test_other_schemes_of_tags_are_refused(given, named):
    message = f"^{re.escape(f'tags: expected B-kind, I-kind or O, got {named!r}')}$"
    outside = [["O"] * len(given)]
    for call in (
        lambda: tags.spans(given),
        lambda: tags.span_f1([given], outside),
        lambda: tags.span_f1(outside, [given]),
    ):
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tags.span_f1(["B-DIR", "O"], ["B-PER", "O"]), "expected: expected lists of tags, got a string among"),
        (lambda: tags.span_f1([["O"]], ["O"]), "got: expected lists of tags, got a string among them"),
        (lambda: tags.span_f1("O", "O"), r"expected: expected lists of tags, got 'O' \(str\)"),
        (lambda: tags.span_f1([[NUMBER]], [["O"]]), "expected: expected a list of strings, got a int among them"),
        (lambda: tags.spans("B-PER"), r"tags: expected a list of strings, got 'B-PER' \(str\)"),
        (lambda: tags.spans(torch.tensor([1])), "tags: expected a list of strings, got a Tensor among them"),
        (lambda: tags.spans([LIST]), "tags: expected a list of strings, got a list among them"),
        (lambda: tags.most_frequent_tag("ab", ["X", "Y"]), r"words: expected a list of strings, got 'ab' \(str\)"),
        (lambda: tags.most_frequent_tag(["a", "b"], "XY"), r"tags: expected a list of strings, got 'XY' \(str\)"),
        (
            lambda: word_rows("the", Vocabulary({"the": 1})),
            r"words: expected a list of strings, got 'the'",
        ),
        (
            lambda: word_rows([LIST], Vocabulary({"the": 1})),
            "words: expected a list of strings, got a list",
        ),
    ],
)
def test_strings_in_place_of_lists_and_lists_in_place_of_strings_are_refused(call, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        call()


def test_what_can_be_read_once_is_read_once():
    expected, got = [["B-a", "I-a", "O"], ["B-b"]], [["B-a", "I-a", "O"], ["O"]]
    once = [((tag for tag in one) for one in sentences) for sentences in (expected, got)]
    assert tags.span_f1(*once) == tags.span_f1(expected, got) == pytest.approx(200 / 3)
    assert tags.spans(iter(expected[0])) == {("a", 0, 2)}
    assert tags.most_frequent_tag(iter(["a", "a", "b"]), map(str, "XYX")) == {"": "X", "a": "X", "b": "X"}
    assert word_rows((word for word in ["the", "cat"]), Vocabulary({"cat": 1})).tolist() == [1, 0]


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tags.most_frequent_tag(["a"], []), "^tags: expected one for each of 1 words, at least one, got 0"),
        (lambda: tags.span_f1([["O"]], [["O", "O"]]), "^got: expected 1 tags in a sentence, got 2$"),
        (lambda: tags.span_f1([["O"]], []), "^got: expected 1 sentences, got 0$"),
    ],
)
def test_lengths_that_differ_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
