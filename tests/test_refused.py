"""What libraries of the same kind take or define otherwise, and what is no word or number: each refused in one line."""

import math
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lecturelib import augment, chapter, figures
from lecturelib.autoregressive import NADE, PixelCNN
from lecturelib.contrastive import nt_xent
from lecturelib.recurrent import LSTM
from lecturelib.words import Vocabulary, evaluation, feature_rows, tags, tasks
from lecturelib.words.vocabulary import nearest_spellings

pytestmark = pytest.mark.usefixtures("plain_errors")  # as users have it: no types are checked at run time

VECTORS = evaluation.WordVectors(torch.eye(4), list("abcd"))
X, IMAGE, ONE = torch.rand(2, 5, 3), torch.rand(1, 3, 8, 8), torch.ones(1)
ODD: dict[str, Any] = {"size": (4, 5), "none": None, "packed": nn.utils.rnn.pack_sequence([X[0]])}
OF_PEERS: dict[str, tuple[Callable[[], Any], str]] = {
    "one image (lightly)": (lambda: nt_xent(X[:1, 0], X[:1, 0]), "z1: expected two images or more"),
    "temperature -1 (lightly)": (
        lambda: nt_xent(X[0], X[0], -1),
        "temperature: expected a finite number above 0, got -1",
    ),
    "blur of one pixel (lightly)": (lambda: augment.gaussian_blur(IMAGE[..., :1, :1]), "kernel_size: expected"),
    "fewer maps than channels": (lambda: PixelCNN(3, 4, 1, 1), "hidden_channels: expected"),
    "images into NADE": (lambda: NADE(16, 2)(torch.ones(1, 1, 4, 4)), r"x: expected shape \[batch, 16\]"),
    "floats into PixelCNN": (lambda: PixelCNN(1, 2, 4, 1)(IMAGE[:, :1]), "x: expected"),
    "no batch": (lambda: LSTM(3, 4)(X[0]), "x: expected"),
    "packed": (lambda: LSTM(3, 4)(ODD["packed"]), "x: expected .*, got PackedSequence"),
    "empty batch": (lambda: LSTM(3, 4)(X[:0]), "x: expected"),
    "all neighbours (gensim)": (lambda: VECTORS.nearest("a", ODD["none"]), "n: expected a positive integer, got None"),
    "no neighbour (gensim)": (lambda: VECTORS.nearest("a", 0), "n: expected a positive integer, got 0"),
    "unknown word (gensim)": (
        lambda: VECTORS.nearest("zz"),
        "word: expected one of the vocabulary's 4, got 'zz'; none is",
    ),
    "hue 1 (torchvision)": (lambda: augment.adjust_hue(IMAGE, ONE), "shift: expected numbers in"),
    "factor -1": (lambda: augment.adjust_brightness(IMAGE, -ONE), "factor: expected"),
    "gray contrast": (lambda: augment.adjust_contrast(IMAGE[:, :1], ONE), "images: expected .* 3"),
    "rectangle": (lambda: augment.random_resized_crop(IMAGE, ODD["size"]), "size: expected a positive integer"),
    "scale from 0": (
        lambda: augment.random_resized_crop(IMAGE, 4, scale=(0, 1)),
        "scale: expected 0 < low <= high <= 1",
    ),
    "bytes": (lambda: augment.gaussian_noise((255 * IMAGE).byte()), "images: expected floats"),
    "IOE (seqeval)": (lambda: tags.spans(["I-a", "E-a"]), "tags: expected B-kind, I-kind or O, got 'E-a'"),
    "suffixes (seqeval)": (lambda: tags.spans(["a-B", "a-I"]), "tags: expected B-kind, I-kind or O, got 'a-B'"),
}
PLANE, ABC, TABLE = torch.eye(3)[:, :2], ["a", "b", "c"], [[0.1, 0.2], [0.3, 0.4]]
WORDS: dict[str, Callable[[Any], Any]] = {
    "word_shape": lambda w: tasks.word_shape(w),
    "longest_run": lambda w: feature_rows.longest_run(w),
    "index": lambda w: Vocabulary({"a": 1}).index(w),
    "number": lambda w: VECTORS.number(w),
    "nearest_spellings": lambda w: nearest_spellings("a", [w]),
    "cell": lambda w: chapter.table(["a"], [[w]]),
    "header": lambda w: chapter.table([w], []),
    "heat_map": lambda w: figures.heat_map(["a", w], TABLE),
    "word_map": lambda w: figures.word_map(PLANE, ["a", "b", w]),
    "groups": lambda w: figures.word_map(PLANE, ABC, ["a", "b", w]),
    "word_maps": lambda w: figures.word_maps(("", PLANE, ABC), ("", PLANE, ["a", "b", w]), ABC),
    "next_word_network": lambda w: figures.next_word_network(["a", w], "b"),
    "window_tagger": lambda w: figures.window_tagger(["a", w, "b"], "b"),
    "cbow_and_skip_gram": lambda w: figures.cbow_and_skip_gram(["a", w, "b"]),
    "attention_maps": lambda w: figures.attention_maps(torch.ones(1, 2, 2) / 2, ["a", w]),
    "laid_on": lambda w: figures.laid_on(("", PLANE, ABC), ("", PLANE, ["a", "b", w]), PLANE),
}
LISTS: dict[str, Callable[[Any], Any]] = {
    "nearest_spellings": lambda words: nearest_spellings("a", words),
    "header": lambda words: chapter.table(words, []),
    "row": lambda words: chapter.table(ABC, [words]),
    "rows": lambda words: chapter.table(["a"], words),
    "heat_map": lambda words: figures.heat_map(words, np.eye(3)),
    "word_map": lambda words: figures.word_map(PLANE, words),
    "groups": lambda words: figures.word_map(PLANE, ABC, [] if words is None else words),
    "word_maps": lambda words: figures.word_maps(("", PLANE, words), ("", PLANE, ABC), ABC),
    "attention_maps": lambda words: figures.attention_maps(torch.ones(1, 3, 3) / 3, words),
}
POINTS: dict[str, Callable[[Any], Any]] = {
    "word_map": lambda x: figures.word_map(x, ABC),
    "word_maps": lambda x: figures.word_maps(("", PLANE, ABC), ("", x, ABC), ABC),
    "laid_on": lambda x: figures.laid_on(("", PLANE, ABC), ("", PLANE, ABC), x),
    "heat_map": lambda x: figures.heat_map(["a", "b"], x[:2] if isinstance(x, torch.Tensor | np.ndarray) else x),
}
BAD_POINTS: dict[str, Any] = {
    "None": None,
    "a number": 3,
    "a string": "ab",
    "strings": [["1", "2"]] * 3,
    "None among them": [[None, 1]] * 3,
    "ragged": [[1, 2], [3], [4]],
    "too few": PLANE[:1],
    "no values": PLANE.to("meta"),
    "complex": PLANE.to(torch.complex64),
    "NaN": PLANE / 0 * 0,
    "infinity": PLANE.masked_fill(PLANE == 1, math.inf),
}


def refused(call: Callable[[], Any], message: str = r"\w[\w ,`]*: expected .*, got .*") -> None:
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.match(message, str(error.value)), error.value
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", OF_PEERS)
def test_what_peers_take_or_define_otherwise_is_refused_in_one_line(name: str):
    refused(*OF_PEERS[name])


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("word", [None, 3, b"a", np.int64(3), ["a"], torch.tensor(1)], ids=repr)
def test_what_is_no_word_is_refused(name: str, word: Any):
    refused(lambda: WORDS[name](word))


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("words", [None, 3, "abc", b"abc", {"a", "b", "c"}], ids=["None", "int", "str", "bytes", "set"])
def test_what_is_no_list_of_words_is_refused(name: str, words: Any):
    refused(lambda: LISTS[name](words))


@pytest.mark.parametrize("name", POINTS)
@pytest.mark.parametrize("kind", BAD_POINTS)
def test_what_are_no_points_is_refused(name: str, kind: str):
    refused(lambda: POINTS[name](BAD_POINTS[kind]))


@pytest.mark.parametrize("arrows", [None, "ab", [(0, 3)], [(0, -1)], [(0,)], [(0, 1, 2)], [(0.5, 1)]], ids=repr)
def test_what_are_no_arrows_is_refused(arrows: Any):
    refused(lambda: figures.word_map(PLANE, ABC, arrows=arrows))


@pytest.mark.parametrize("split", [-1, 3, 0.5, "a", True], ids=repr)
def test_what_is_no_place_for_a_line_is_refused(split: Any):
    refused(lambda: figures.heat_map(["a", "b"], TABLE, split=split))


def test_numbers_and_words_of_every_kind_are_drawn():
    x = torch.tensor(TABLE)
    tables: list[Any] = [x.flip(0).numpy()[::-1], x.clone().requires_grad_(), [list(row) for row in x]]
    words: Any = np.array(["$", "<|"])
    for values in tables:
        drawn: Any = figures.heat_map(words, values, split=1).axes[0]
        assert [text.get_text() for text in drawn.texts] == ["0.1", "0.2", "0.3", "0.4"]
        assert [label.get_text() for label in drawn.get_xticklabels()] == ["$", "<|"]
    planes: list[Any] = [PLANE.tolist(), PLANE.numpy()[::-1], PLANE.bfloat16().requires_grad_()]
    groups: Any = np.array(["x", "y", "x"])
    arrows: Any = torch.tensor([[0, 1]])
    for points in planes:
        drawn = figures.word_map(points, ABC, groups, arrows=arrows).axes[0]
        assert sum(len(dots.get_offsets()) for dots in drawn.collections) == 3


@pytest.mark.parametrize(
    ("cell", "markdown"),
    [
        ("a|b", r"a\|b"),
        ("a\\|b", r"a&#92;\|b"),
        ("<unk>", "&lt;unk&gt;"),
        ("&lt;", "&amp;lt;"),
        ("$$", r"\$\$"),
        ("`", "&#96;"),
        ("*", "&#42;"),
        ("_x_", "&#95;x&#95;"),
        ("num_layers", "num_layers"),
        ("[a](b)", "[a&#93;(b)"),
        ("~~", "&#126;~"),
        ("a\nb", "a&#10;b"),
        ("**53.1**", "**53.1**"),
        ("", ""),
    ],
)
def test_a_cell_is_plain_text_unless_it_is_emphasised_as_a_whole(cell: str, markdown: str):
    assert chapter.table(["h"], [[cell]]).text.splitlines()[2:] == [f"| {markdown} |"]


def test_a_row_is_as_long_as_the_header():
    for row in (list[str](), ["a"], ["a", "b", "c"]):
        refused(partial(chapter.table, ["h", "i"], [row]), "rows: expected 2 cells, as many as in the header")
