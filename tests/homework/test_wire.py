"""What a student's answers cannot do: the format is data, its reader believes nothing, and comparisons are ours."""

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
import torch

from lecturelib.homework import compare
from lecturelib.homework.sandbox import wire
from lecturelib.homework.sandbox.session import clean

BAD_TREES: list[Any] = [
    [], {}, {"tensor": 1}, {"tensor": ["float32", [10**12], 0, 8]}, {"tensor": ["float32", [-1], 0, 8]},
    {"tensor": ["float32", [2], 4, 8]}, {"tensor": ["float32", [2], -8, 8]}, {"tensor": ["object", [1], 0, 8]},
    {"tensor": ["float32", [True, 2], 0, 8]}, {"tensor": ["float32", [2.0], 0, 8]}, {"tensor": ["float32", "2", 0, 8]},
    {"tensor": ["float32", [0] * 99, 0, 0]}, {"dtype": "Tensor"}, {"dtype": []}, {"generator": {}}, {"list": 1},
    {"object": ["1", "x"]}, {"object": [True, "x"]}, {"object": [1]}, {"dict": [[{"list": []}, 1]]}, {"dict": [[1]]},
    {"eval": "1"}, {"list": [], "tuple": []}, {"generator": {"tensor": ["uint8", [8], 0, 8]}},
]  # fmt: skip


@pytest.mark.parametrize("tree", BAD_TREES, ids=str)
def test_a_tree_that_is_not_in_the_format_is_refused(tree: Any):
    with pytest.raises(wire.WireError):
        wire.decode(tree, bytes(8), lambda number, name: None)


def test_nesting_is_bounded():
    tree: Any = 1
    for _ in range(50):
        tree = {"list": [tree]}
    with pytest.raises(wire.WireError):
        wire.decode(tree, b"", lambda number, name: None)
    with pytest.raises(wire.WireError):
        wire.parse(b'{"a":' * 10**5)
    value: Any = 1
    for _ in range(50):
        value = [value]
    with pytest.raises(wire.WireError):
        wire.encode(value, [], lambda value: [0, ""])


def test_random_bytes_never_do_more_than_raise():
    """A thousand messages, each with some bytes changed."""
    rng, pieces = random.Random(0), list[bytes]()
    tree = wire.encode({"a": [torch.rand(3), 1, "x", (None, 2.5)]}, pieces, lambda value: [0, ""])
    message = wire.pack({"value": tree}, pieces)
    refused = 0
    for _ in range(1000):
        bad = bytearray(message)
        for _ in range(rng.randint(1, 4)):
            bad[rng.randrange(len(bad))] = rng.randrange(256)
        try:
            header, size = wire.lengths(bytes(bad[: wire.LENGTHS]))
            body = bytes(bad[wire.LENGTHS :])
            content = wire.parse(body[:header])
            wire.decode(content.get("value"), body[header : header + size], lambda number, name: None)
        except wire.WireError:
            refused += 1
    assert refused > 300


def test_sizes_are_bounded():
    with pytest.raises(wire.WireError, match="64 MB"):
        wire.lengths((5).to_bytes(4, "big") + (10**12).to_bytes(8, "big"))
    with pytest.raises(wire.WireError, match="64 MB"):
        wire.pack({"value": "x" * 5_000_000}, [])
    with pytest.raises(wire.WireError, match="64 MB"):
        wire.encode(torch.zeros(17_000_000), [], lambda value: [0, ""])


def test_pickles_are_nowhere():
    folder = Path(wire.__file__).parent
    assert not [
        p.name for p in folder.glob("*.py") if "import pickle" in p.read_text() or "torch.load" in p.read_text()
    ]


CLOSE_FAILS = [
    (torch.zeros(2, 3), torch.zeros(3, 2), r"expected shape \[3, 2\], got \[2, 3\]"),
    (torch.tensor([1.0, 2.0, 4.0]), torch.tensor([1.0, 2.0, 3.0]), r"expected 3 at index \[2\], got 4 \(1 of 3"),
    (torch.tensor([math.nan]), torch.tensor([math.nan]), "got nan"),
    (torch.tensor([math.inf]), torch.tensor([-math.inf]), "expected -inf"),
    (torch.tensor([0.0, 1.0]), torch.tensor([0, 1]), "expected integers"),
    (None, torch.zeros(2), r"expected a tensor of shape \[2\], got None"),
    (1.0, torch.zeros(2), "got 1.0"),
    (torch.zeros(2), 1.0, r"expected a number, got a tensor of shape \[2\]"),
    (True, 1.0, "expected a number, got True"),
    (1.5, 1.0, "expected 1, got 1.5"),
    (math.nan, 1.0, "got nan"),
    (5.0, math.inf, "expected inf, got 5"),
    ((1.0,), (1.0, 2.0), "expected 2 values, got 1"),
    (1.0, (1.0, 2.0), "expected 2 values, got 1.0"),
    ("a", "b", "expected 'b', got 'a'"),
    (1, True, "expected True, got 1"),
]  # fmt: skip


@pytest.mark.parametrize(("got", "expected", "message"), CLOSE_FAILS)
def test_close_says_what_is_wrong(got: Any, expected: Any, message: str):
    with pytest.raises(AssertionError, match=message):
        compare.close(got, expected)


def test_close_lets_pass_what_is_right():
    compare.close(torch.tensor(2.0), 2.0)
    compare.close([torch.zeros(2), 1], (torch.zeros(2), 1.0))
    compare.close(torch.tensor([math.inf, 1 + 1e-6]), torch.tensor([math.inf, 1.0]))
    compare.close(torch.arange(3).float(), torch.arange(3).double())
    compare.has_shape(torch.zeros(2, 3), (2, 3))
    with pytest.raises(AssertionError, match="expected shape"):
        compare.has_shape(torch.zeros(2, 3), (3,))
    assert compare.several((1, "a"), 2) == [1, "a"]
    for got, message in (
        (None, r"pair: expected 2 values, got None \(is there"),
        ([1], "pair: expected 2 values, got 1"),
    ):
        with pytest.raises(AssertionError, match=message):
            compare.several(got, 2, name="pair")


def test_text_from_a_student_is_cleaned():
    assert clean("a\x1b[31m\u202eb\ud800\r\n") == "a [31m b\\ud800 \n"
    assert len(clean("x" * 10**6)) < 2000
    assert json.dumps(clean("\x00")) == '" "'
