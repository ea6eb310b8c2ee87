"""What `check` tells a student is what the grader will tell: the same values, errors, limits and missing names."""

import linecache
import re
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from needs_sandbox import needs_sandbox
from test_student import check

from lecturelib import homework
from lecturelib.homework import cells, local
from lecturelib.homework.local import LocalSession
from lecturelib.homework.plugin import explain
from lecturelib.homework.sandbox.process import Limits
from lecturelib.homework.sandbox.session import Session, Student, StudentError

AGREE = """
import numpy as np, torch
def no_text(x):
    assert x.dim() == 7
def text(x):
    assert x.dim() == 7, "my own words"
def asks(x): return input("how many? ")
def stops(x): breakpoint()
def array(x): return x.numpy() + 1
def number(x): return np.float32(x.sum())
def complex_tensor(x): return x.to(torch.complex64)
def complex_number(x): return 1j
def imaginary(x): return torch.complex(x, x).conj().imag
def negated(x): return torch._neg_view(x)
def pair(x): return [x, (x.T, {"a": None})]
def sparse(x): return x.to_sparse()
def deep(x):
    for k in range(30): x = [x]
    return x
def large(x): return torch.zeros(17_000_000)
class Evil(Exception):
    def __str__(self): raise ValueError
def evil(x): raise Evil
def missing(x): return nothing_of_this_name
class Thing:
    def __init__(self, x): self.x = x
    def add(self, y): return self.x + y
def thing(x): return Thing(x)
def numbers(x):
    for k in range(2): yield x + k
"""
FUNCTIONS = [line.split("(")[0].removeprefix("def ") for line in AGREE.splitlines() if line.startswith("def ")]


def told(student: Any, name: str) -> str:
    """What a test sees of a function, or the error that a report would show, without the place."""
    try:
        value = getattr(student, name)(torch.arange(6.0).reshape(2, 3))
        if name == "thing":
            return str([value.x, value.add(torch.ones(2, 3)), repr(value)])
        return str(list(value)) if name == "numbers" else str(value)
    except Exception as error:
        text = (str if isinstance(error, StudentError) else explain)(error).removeprefix(f"{name}: ")
        return re.sub(r" \((in \w+|cell 1), line \d+\)$", "", text).strip()


@needs_sandbox
@pytest.mark.slow
def test_check_and_grade_see_the_same():
    names: dict[str, Any] = {"__name__": "__main__"}
    linecache.cache["<notebook>"] = len(AGREE), None, AGREE.splitlines(keepends=True), "<notebook>"
    exec(compile(AGREE, "<notebook>", "exec"), names)
    session = Session([(1, AGREE)])
    try:
        graded, mine = Student(session), Student(LocalSession(names))
        seen = {name: (told(mine, name), told(graded, name)) for name in FUNCTIONS}
    finally:
        session.close()
    assert {name: pair for name, pair in seen.items() if pair[0] != pair[1]} == {}
    assert seen["no_text"][0] == "AssertionError: assert x.dim() == 7"
    assert seen["text"][0] == "AssertionError: my own words"
    assert "nobody can type an answer" in seen["asks"][0]
    assert "nobody can debug" in seen["stops"][0]
    assert seen["complex_tensor"][0] == "an object of type Tensor of complex64"
    assert seen["negated"][0] == str(-torch.arange(6.0).reshape(2, 3))
    assert "at most 64 MB" in seen["large"][0]


def test_a_function_that_hangs_is_stopped_and_told_as_when_graded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(local, "LIMITS", Limits(call_seconds=0.3))
    names: dict[str, Any] = {"__name__": "__main__", "check": homework.check}
    exec("def fvsbn_logits(x, theta, b):\n    while True: pass", names)
    assert "fvsbn_logits: it ran out of time and was stopped after 0.3 s" in repr(check(names, "1a"))


def test_an_interrupt_is_an_interrupt():
    names: dict[str, Any] = {"__name__": "__main__", "check": homework.check}
    exec("def fvsbn_logits(x, theta, b): raise KeyboardInterrupt", names)
    with pytest.raises(KeyboardInterrupt):
        check(names, "1a")


def in_ipython(*sources: str) -> dict[str, Any]:
    """The names of a notebook of which these cells were run, with IPython's history of them."""
    history = SimpleNamespace(history_manager=SimpleNamespace(input_hist_raw=["", *sources]))
    names: dict[str, Any] = {"__name__": "__main__", "check": homework.check, "get_ipython": lambda: history}
    for number, source in enumerate(sources):
        place = f"<notebook cell {number}>"
        linecache.cache[place] = len(source), None, source.splitlines(keepends=True), place
        exec(compile(cells.plain(source), place, "exec"), names)
    return names


CELL = "def fvsbn_logits(x, theta, b):\n    return helper(x)\ndef helper(x): return x * math.pi\n"
UNGRADED_CELLS = [
    (["# Mine (not graded)\nimport math", CELL], "helper: uses math, which only a cell that is not graded defines"),
    (["import math", "# Mine (not graded)\n" + CELL], "fvsbn_logits: stands in a cell that is not graded"),
    (["import math\n" + CELL, "# Mine (not graded)\n" + CELL], "fvsbn_logits: stands in a cell that is not graded"),
    (["# Mine (not graded)\nimport math", "%time import math", CELL], "18 of 18 values differ"),
    (["# Mine (not graded)\nx = 1", "import math", CELL], "18 of 18 values differ"),
]


@pytest.mark.parametrize(("sources", "message"), UNGRADED_CELLS)
def test_what_only_cells_define_that_are_not_graded_is_missing(sources: list[str], message: str):
    text = repr(check(in_ipython(*sources), "1a"))
    assert message in text, text
