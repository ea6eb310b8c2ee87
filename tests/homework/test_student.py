"""The student's side: checks, hints and checked values in the notebook, fast, offline, without the solution."""

import builtins
import math
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from lecturelib import homework
from lecturelib.homework import assignments, compare, student
from lecturelib.homework import master as masters
from lecturelib.homework.assignments import Assignment
from lecturelib.homework.local import LocalSession
from lecturelib.homework.sandbox.session import Student

NUMBERED = [a for a in assignments.every() if a.number]
each = pytest.mark.parametrize("assignment", NUMBERED, ids=lambda a: a.name)
first_of_each = pytest.mark.parametrize(  # the first stands for all where time is short: two seconds each
    "assignment", [pytest.param(a, marks=[pytest.mark.slow] * (a.number != 1)) for a in NUMBERED], ids=lambda a: a.name
)


def notebook_of(assignment: Assignment, *, solved: bool) -> dict[str, Any]:
    """The names of a notebook whose graded cells were run."""
    master = masters.read((assignment.folder / "master.py").read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__", "check": homework.check}
    for cell in master.cells:
        if cell.kind == "":
            exec(compile(masters.code(cell, solved=solved), "<cell>", "exec"), names)
    return names


def check(names: dict[str, Any], part: str) -> student.Checked:
    """What the notebook's cell does: the names are found where the call stands."""
    result: student.Checked = eval(f"check({part!r})", names)
    return result


TYPICAL: dict[str, Callable[[torch.Tensor], Any]] = {
    "sign": lambda right: ~right if right.dtype == torch.bool else -right,
    "sum for mean": lambda right: 2 * right,
    "mean for sum": lambda right: right / 5,
    "base of the logarithm": lambda right: right / math.log(2),
    "one too many": lambda right: right + 1,
    "exponential": torch.exp,
    "logarithm": torch.log,
    "transposed": lambda right: right.mT if right.dim() > 1 else right.reshape(-1, 1),
    "reverse": lambda right: right.flip(0) if right.dim() else right,
    "a dimension more": lambda right: right[None],
    "summed": lambda right: right.sum(),
    "nan": lambda right: right * torch.nan,
    "nothing": lambda right: None,
    "text": str,
    "an array in a list": lambda right: [right, right],
}


def expected_by(compared: list[Any]) -> Iterator[torch.Tensor]:
    """All tensors and numbers that a part's public tests compared with, those in lists, too."""
    for right in compared:
        if isinstance(right, torch.Tensor):
            yield right
        elif isinstance(right, float | int) and not isinstance(right, bool):
            yield torch.tensor(float(right))
        elif isinstance(right, list | tuple):
            yield from expected_by(list(right))


def message_of(wrong: Any, right: torch.Tensor) -> str:
    try:
        compare.close(wrong, right)
    except AssertionError as error:
        return str(error)
    return ""


def messages_teach(part: str, compared: list[Any]) -> None:
    """For each typical mistake in a part's results the message names the cause, or what came instead."""
    found = {}
    for right in expected_by(compared):
        for mistake, change in TYPICAL.items():
            wrong = change(right.double() if right.is_floating_point() else right)
            text = message_of(wrong, right)
            if text:
                found[mistake] = text
                kind = not isinstance(wrong, torch.Tensor) or wrong.is_floating_point() > right.is_floating_point()
                varied = right.unique().numel() > 1 or not right.dim()  # the cause of equal numbers is anyone's guess
                named = "; " in text or kind or not varied or not wrong.isfinite().all()
                assert named or mistake in ("one too many", "exponential", "logarithm"), (part, mistake, text)
    assert len(found) >= 12 or not compared, (part, sorted(found))


@first_of_each
def test_solution_passes_every_public_test_in_seconds(assignment: Assignment, monkeypatch: pytest.MonkeyPatch):
    names = notebook_of(assignment, solved=True)
    compared: list[Any] = []

    def recorded(got: Any, expected: Any, **more: Any) -> None:
        compared.append(expected)
        compare.close(got, expected, **more)

    monkeypatch.setattr(homework, "close", recorded)
    for part in assignment.parts:
        compared.clear()
        began = time.monotonic()
        result = check(names, part)
        print(f"{part}: {time.monotonic() - began:.2f} s (aim: under 5 s)")
        assert result.passed, repr(result)
        assert re.search(rf"✓ .* \(.*\)\n(.*\n)*{part}: (\d+) of \2 points", repr(result))
        messages_teach(part, compared)


@first_of_each
def test_stub_passes_none_and_is_told_why(assignment: Assignment):
    names = notebook_of(assignment, solved=False)
    for part in assignment.parts:
        result = check(names, part)
        assert result.points == 0, repr(result)
        assert "NotImplementedError: write this part (in " in repr(result)
        assert f'hint("{part}")' in repr(result)


@each
def test_an_empty_notebook_is_told_what_is_missing(assignment: Assignment):
    result = check({"__name__": "__main__", "check": homework.check}, assignment.parts[0])
    assert result.points == 0
    assert "not defined in the notebook; has its cell been run?" in repr(result)


WRONG = [
    ("x.new_zeros(3, 5)", r"expected shape \[3, 6\], got \[3, 5\]"),
    ("x.new_zeros(3, 6)", r"expected -?\d.* at index \[0, 0\], got 0 \(18 of 18 values differ\)"),
    ("None", r"expected a tensor of shape \[3, 6\], got None"),
    ("1 / 0", r"ZeroDivisionError: division by zero \(in fvsbn_logits, line 1\)"),
    ("x.add_(1).nothing", "AttributeError"),
]


@pytest.mark.parametrize(("expression", "message"), WRONG)
def test_message_says_what_was_expected_and_what_came(expression: str, message: str):
    names: dict[str, Any] = {"__name__": "__main__", "check": homework.check}
    exec(f"def fvsbn_logits(x, theta, b): return {expression}", names)
    text = repr(check(names, "1a"))
    assert re.search(message, text), text
    assert "tril" not in text


def test_functions_get_copies():
    names: dict[str, Any] = {"__name__": "__main__", "check": homework.check}
    exec("def fvsbn_logits(x, theta, b):\n    x.zero_(); theta.zero_(); b.zero_(); return x", names)
    first = repr(check(names, "1a"))
    assert first == repr(check(names, "1a"))
    mine = Student(LocalSession({"f": lambda x, y: [t.zero_() for t in (x, *y["a"])]}))
    x = torch.ones(2)
    mine.f(x, y={"a": [x, (x,)[0]]})
    assert x.tolist() == [1, 1]


def test_what_a_student_prints_is_seen_and_does_not_spoil_the_report(capfd: pytest.CaptureFixture[str]):
    names: dict[str, Any] = {"__name__": "__main__", "check": homework.check}
    exec("def fvsbn_logits(x, theta, b):\n    print('noise'); return x", names)
    assert "noise" not in repr(check(names, "1a"))
    assert "noise" in capfd.readouterr().out


def test_hints_come_one_by_one(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(student, "_given", {})
    counts = []
    for _ in range(4):
        homework.hint("1a")
        counts.append(len(capsys.readouterr().out.splitlines()))
    assert counts == [1, 3, 3, 3]  # the last says that it is the last


def test_progress_and_the_worked_answer(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(student, "_checked", {})
    monkeypatch.setattr(student, "_began", [time.monotonic() - 600])
    with pytest.raises(ValueError, match="progress: expected a part that was checked"):
        homework.progress()
    names = notebook_of(assignments.get("1"), solved=True)
    assert 'explain("1a")' in repr(check(names, "1a"))
    exec("def log_likelihood(*args): return -1.0", names)
    check(names, "1b")
    homework.progress()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "✓ 1a  2 of 2 points"
    assert lines[1].startswith("· 1b  0 of ") or lines[1].startswith("· 1b  1 of ")
    assert lines[2] == "· 1c  not checked yet"
    assert lines[-1].startswith("1 of 6 parts, ")
    assert lines[-1].endswith("10 minutes since the start")
    homework.explain("1A")
    homework.explain("1b")
    told = capsys.readouterr().out
    assert "assignments/1_densities/master.py" in told
    assert 'first earn all points of check("1b")' in told


def test_the_worked_answer_comes_with_its_derivation(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(student, "_checked", {"8h": student.Checked("8h", [])})
    homework.explain("8h")
    told = capsys.readouterr().out.splitlines()[2:]
    site = "https://sequences-and-self-supervision.github.io/book/book/vision/inpainting.html"
    assert len(told) == 3
    assert told[0].startswith(f'derived in the book: {site}, "Derivation: the squared error is')


def test_what_may_be_the_cause_is_noted_where_points_are_lost():
    names: dict[str, Any] = {"__name__": "__main__", "check": homework.check}
    exec("def fvsbn_logits(x, theta, b):\n    x += 1; b.requires_grad_(); return b * x.sum()", names)
    text = repr(check(names, "1a"))
    assert "note: fvsbn_logits changes its argument 1 in place; is it meant?" in text
    assert "note: fvsbn_logits returns a tensor with a graph attached (requires_grad)" in text
    names = notebook_of(assignments.get("1"), solved=True)
    assert "note:" not in repr(check(names, "1a"))


@each
def test_checked_values_are_tensors_of_every_part(assignment: Assignment):
    for part in assignment.parts:
        values = homework.checked(part)
        assert values
        assert all(isinstance(value, torch.Tensor) for value in values.values())
    next(iter(values.values())).zero_()
    assert homework.checked(part).keys() == values.keys()


def test_unknown_part_is_one_line():
    with pytest.raises(ValueError, match=r"part: expected one of 1a, .*, got 'a1'"):
        homework.check("a1")


def test_a_part_may_be_written_with_a_capital(capsys: pytest.CaptureFixture[str]):
    names = notebook_of(assignments.get("1"), solved=True)
    assert repr(check(names, "1A")) == repr(check(names, "1a"))
    assert homework.checked("1A").keys() == homework.checked("1a").keys() != set()
    homework.hint("1A")
    assert "hint 1 of" in capsys.readouterr().out


@each
def test_the_first_cell_says_what_is_graded(assignment: Assignment):
    master = masters.read((assignment.folder / "master.py").read_text(encoding="utf-8"))
    first = masters.notebook(master, solved=False).cells[0].source
    for words in (
        "Hand in the notebook",
        "`(not graded)` does not count",
        "may import `torch`",
        "must not call those",
    ):
        assert words in first


def test_without_pytest_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def no_pytest(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "lecturelib.homework" and args[2] and "plugin" in args[2]:
            raise ModuleNotFoundError("No module named 'pytest'", name="pytest")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", no_pytest)
    with pytest.raises(RuntimeError, match="expected the package pytest, got none; run %pip install pytest"):
        homework.check("1a")


def test_start_prints_device_and_time(capsys: pytest.CaptureFixture[str]):
    threads = torch.get_num_threads()
    homework.start(minutes=90)
    torch.set_num_threads(threads)
    assert re.match(r"device: .+; about 90 minutes of work", capsys.readouterr().out)


@each
def test_set_up_is_the_first_cell_and_installs_only_what_is_missing(assignment: Assignment):
    master = masters.read((assignment.folder / "master.py").read_text(encoding="utf-8"))
    first = next(c for c in masters.notebook(master, solved=False).cells if c.cell_type == "code").source
    tried, missing = first.split("except ModuleNotFoundError:")
    assert "import lecturelib" in tried
    assert "pip" not in tried
    assert '%pip install --quiet "lecturelib[homework] @ git+' in missing
    assert f"start(minutes={master.about['minutes']})" in missing
    assert "torch==" not in first


def test_public_tests_have_no_network_and_no_solution():
    for assignment in NUMBERED:
        for path in assignment.public.glob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "requests" not in text
            assert "urllib" not in text
            assert not re.search(r"\bhidden\b(?! test)", text)  # the folder; `hidden_layer` is no path
