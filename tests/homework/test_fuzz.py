"""Random wire messages and notebooks, for a fixed number of seconds: the readers raise errors of their own alone."""

import contextlib
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import torch

from lecturelib.homework import cells
from lecturelib.homework.sandbox import wire

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")
SECONDS = 0.5

KEYS = ["list", "tuple", "dict", "tensor", "generator", "dtype", "object", "x"]
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([*wire.DTYPES])
TREES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=2),
    max_leaves=12,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
PIECES = """%time x = 1|%%time|!ls \\|  x = (|)|'''|""|why?|?x|def f():|    pass|x = \\|# (not graded)||\t%pwd
files = !ls|%|x = '\\|é\u2028|\x0c|\r|lambda: (|]|%prun -l 5 y"""
LINES = st.sampled_from([*PIECES.replace("\n", "|").split("|"), '"' * 3])
SOURCES = st.lists(LINES, max_size=8).map("\n".join) | st.lists(LINES, max_size=3) | PLAIN
CELLS = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown", 3])}, optional={"source": SOURCES, "outputs": PLAIN}
)
NOTEBOOKS = st.fixed_dictionaries({}, optional={"cells": st.lists(CELLS | PLAIN, max_size=4) | PLAIN, "x": PLAIN})


def for_seconds(strategy: Any, check: Callable[[Any], None]) -> int:
    """Check examples, some at a time, until the time is up; return how many."""
    end, count = time.monotonic() + SECONDS, 0

    def one(example: Any) -> None:
        nonlocal count
        count += 1
        check(example)

    silent = list(hypothesis.HealthCheck)
    some = hypothesis.settings(max_examples=30, deadline=None, database=None, suppress_health_check=silent)
    for seed in itertools.count():
        hypothesis.seed(seed)(some(hypothesis.given(strategy)(one)))()
        if time.monotonic() > end:
            return count
    raise AssertionError


def test_whatever_tree_comes_is_a_value_or_a_wire_error():
    def decodes(example: tuple[Any, bytes]) -> None:
        tree, data = example
        with contextlib.suppress(wire.WireError):
            wire.decode(tree, data, lambda number, name: (number, name))

    assert for_seconds(st.tuples(TREES, st.binary(max_size=16)), decodes) > 10


def test_whatever_bytes_come_are_a_message_or_a_wire_error():
    def parses(data: bytes) -> None:
        with contextlib.suppress(wire.WireError):
            header, size = wire.lengths(data[:12].ljust(12, b"\0"))
            content = wire.parse(data[12 : 12 + header])
            wire.decode(content.get("value"), data[12 + header :][:size], lambda number, name: None)

    assert for_seconds(st.binary(max_size=40) | TREES.map(lambda t: bytes(12) + json.dumps(t).encode()), parses) > 10


def test_a_value_comes_back_as_it_went():
    def travels(value: Any) -> None:
        pieces: list[bytes] = []
        tree = wire.encode([value, torch.arange(3)], pieces, lambda other: [0, ""])
        message = wire.pack({"value": tree}, pieces)
        header, size = wire.lengths(message[:12])
        content = wire.parse(message[12 : 12 + header])
        back = wire.decode(content["value"], message[12 + header :], lambda number, name: None)
        assert back[0] == value
        assert size == 24
        assert torch.equal(back[1], torch.arange(3))

    assert for_seconds(VALUES, travels) > 10


def test_whatever_notebook_comes_is_read_or_refused_with_a_reason():
    def reads(content: Any) -> None:
        found: list[tuple[int, str]] = []
        reason = "expected "
        try:
            found = cells.read(json.dumps(content).encode())
        except ValueError as error:
            reason = str(error)
        assert reason.startswith("expected ")
        assert all(number > 0 and isinstance(source, str) for number, source in found)

    assert for_seconds(NOTEBOOKS | PLAIN, reads) > 10


def test_cells_that_are_python_or_become_it_keep_their_lines():
    def same_lines(lines: list[str]) -> None:
        source = "\n".join(line for line in lines if not set(line) & set("\r\u2028\x0c"))
        if source.strip():
            plain = cells.plain(source)
            assert plain == "" or plain.count("\n") == source.count("\n")

    assert for_seconds(st.lists(LINES, max_size=8), same_lines) > 10
