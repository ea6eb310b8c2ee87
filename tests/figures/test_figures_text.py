"""The pictures of texts: every letter stands on the colour of its own value, and the laws of all figures hold."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from lecturelib import figures

TEXT = "KING LEAR:\nPut off $thy$ crown, " + 50 * "a" + "\nEnd"
VALUES = np.linspace(0, 5, len(TEXT))
SYMBOLS = [" ", "\n", *"abcdefgh"]
P = np.arange(10) / 45
DICTIONARY = dict(zip(SYMBOLS[2:], np.arange(8) / 28, strict=True))

EXAMPLES: dict[str, Any] = {
    "colored_text": partial(figures.colored_text, TEXT, VALUES, label="bits"),
    "colored_text, two-sided": partial(figures.colored_text, TEXT, VALUES - 2, label="s", two_sided=True),
    "colored_text, one letter": partial(figures.colored_text, "x", [1.0], label="bits", high=8),
    "next_symbols": partial(figures.next_symbols, {"a": P, "To be or no": P[::-1], "q": P, "$x": P}, SYMBOLS),
    "hidden_words": partial(
        figures.hidden_words, {"the [MASK] of $x": DICTIONARY, "b [MASK]": DICTIONARY, "c": DICTIONARY}
    ),
    "hidden_words, few": partial(figures.hidden_words, {"[MASK]": {"x": 0.25, "y": 0.75}}),
    "next_symbols, few": partial(figures.next_symbols, {"a": [0.25, 0.75]}, ["x", "y"]),
}


def test_every_letter_is_there_once_in_reading_order():
    ax = figures.colored_text(TEXT, VALUES, label="bits").axes[0]
    letters = sorted((t.get_position()[1], t.get_position()[0], t.get_text()) for t in ax.texts)
    assert "".join(letter for *_, letter in letters) == TEXT.replace("\n", "↵")
    assert len({(x, y) for y, x, _ in letters}) == len(TEXT)  # no two in one place
    assert {y for y, *_ in letters} == {0.54, 1.54, 2.54, 3.54}  # two line feeds, and one line too long


def test_the_colour_of_a_cell_grows_with_its_value_and_letters_can_be_read_on_it():
    ax = figures.colored_text("abc", [0.0, 1.0, 9.0], label="bits", high=2).axes[0]
    light = [sum(to_rgb(patch.get_facecolor())) for patch in ax.patches]
    assert light[0] == pytest.approx(3)
    assert light[0] > light[1] > light[2]
    ax = figures.colored_text("abc", [-1.0, 0.0, 1.0], label="s", two_sided=True).axes[0]
    blue, white, orange = (to_rgb(patch.get_facecolor()) for patch in ax.patches)
    assert blue[2] > blue[0]
    assert orange[0] > orange[2]
    assert sum(white) == pytest.approx(3, abs=0.02)
    for colour in (blue, orange, to_rgb(figures.text.ONE_SIDED(1.0))):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        ink = 0.0160  # luminance of #222222
        assert (luminance + 0.05) / (ink + 0.05) > 4.5


def test_bars_are_the_most_probable_symbols_in_their_order():
    ax = figures.next_symbols({"a": P}, SYMBOLS, top=3).axes[0]
    assert [patch.get_width() for patch in ax.patches] == pytest.approx([9 / 45, 8 / 45, 7 / 45])  # type: ignore[attr-defined]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["h", "g", "f"]
    ax = figures.next_symbols({"a": P[::-1]}, SYMBOLS, top=2).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["␣", "↵"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.colored_text("", [], label="x"), "text: expected at least one character, got an empty"),
        (lambda: figures.colored_text("ab", [1.0], label="x"), "values: expected 2 finite numbers"),
        (lambda: figures.colored_text("a", [float("nan")], label="x"), "values: expected 1 finite numbers"),
        (lambda: figures.colored_text("a", [0.0], label="x"), "high: expected a number above 0, got 0.0"),
        (lambda: figures.next_symbols({}, "ab"), "expected: expected at least one beginning, got none"),
        (lambda: figures.next_symbols({"a": [0.5]}, "ab"), "expected 2 probabilities after 'a', got shape"),
        (lambda: figures.next_symbols({"a": [0.5, 0.6]}, "ab"), "expected 2 probabilities after 'a'.*sum 1.1"),
        (lambda: figures.next_symbols({"a": [0.5, 0.5]}, "ab", top=0), "top: expected a positive integer, got 0"),
    ],
)
def test_bad_input_is_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_hidden_words_stand_between_the_first_and_the_last_of_the_dictionary():
    p = {"zebra": 0.05, "pear": 0.5, "1914": 0.005, "ś": 0.005, "apple": 0.3, "aardvark": 0.04, "fig": 0.1}
    (ax,) = figures.hidden_words({"an [MASK] a day": p}, top=3).axes
    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert shown == ["aardvark", "⋮", "apple", "fig", "pear", "⋮", "zebra"]
    assert [bar.get_width() for bar in ax.patches if isinstance(bar, Rectangle)] == [0.04, 0, 0.3, 0.1, 0.5, 0, 0.05]
    assert [text.get_text().strip() for text in ax.texts] == ["4.0%", "30.0%", "10.0%", "50.0%", "5.0%"]
    assert ax.get_title() == "an [MASK] a day"


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({}, "expected: expected at least one text, got none"),
        ({"a": {}}, "expected: expected probabilities of words for 'a', got 0, sum 0"),
        ({"a": {"x": 0.5}}, "expected: expected probabilities of words for 'a', got 1, sum 0.5"),
        ({"a": {"x": 1.5, "y": -0.5}}, "expected: expected probabilities of words for 'a', got 2, sum 1"),
    ],
)
def test_hidden_words_need_probabilities(expected, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        figures.hidden_words(expected)
