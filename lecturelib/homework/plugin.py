"""The tests of an assignment, run by pytest: the fixtures they use, and a row of results for each.

A test is ordinary, with points::

    @pytest.mark.points(2)
    def test_logits(student, generator):
        x = torch.rand(3, 5, generator=generator)
        close(student.logits(x), reference(x))

`student` has the names of the notebook as attributes. `generator` is seeded for this test; `checked` gives the stored
values of a part.
"""

import hashlib
import hmac
import os
import sys
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from lecturelib.homework.assignments import TEST_FILE, Assignment
from lecturelib.homework.sandbox.session import clean

INI = Path(__file__).with_name("pytest.ini")


@dataclass
class Row:
    """The result of one test."""

    part: str
    name: str
    points: float
    of: float
    message: str
    seconds: float


class Tests:
    """A pytest plugin that provides the fixtures and collects the rows."""

    def __init__(self, student: Any, assignment: Assignment, secret: bytes) -> None:
        self.rows: list[Row] = []
        self.worth: dict[tuple[str, str], float] = {}  # by part and name
        self.only_list = False
        self.faults: list[str] = []
        self._student, self._assignment, self._secret = student, assignment, secret

    @pytest.fixture
    def student(self) -> Any:
        """The student's notebook."""
        return self._student

    @pytest.fixture
    def generator(self, request: pytest.FixtureRequest) -> torch.Generator:
        """Random numbers of this test, of this submission, of this instructor."""
        name = f"{part_of(request.path)} {request.node.name}"
        digest = hmac.digest(self._secret, name.encode(), hashlib.sha256)
        return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))

    @pytest.fixture
    def checked(self) -> Any:
        """Stored values of a part."""
        return self._assignment.checked

    def pytest_configure(self, config: pytest.Config) -> None:
        """Declare the marker."""
        config.addinivalue_line("markers", "points(n): what the test is worth")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note what each test is worth; with `only_list`, that is all."""
        self.worth |= {(part_of(item.path), title(item)): points(item) for item in items}
        if self.only_list:
            items.clear()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a test file that cannot be read."""
        if report.failed:
            self.faults.append(f"{report.nodeid}: {report.longreprtext.strip().splitlines()[-1]}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Make a row of a test that ran, or that could not be set up."""
        error = call.excinfo.value if call.excinfo is not None else None
        if call.when == "call" or (call.when == "setup" and error is not None):
            of = points(item)
            row = Row(
                part=part_of(item.path),
                name=title(item),
                points=of if error is None else 0.0,
                of=of,
                message="" if error is None else explain(error),
                seconds=round(call.duration, 3),
            )
            self.rows.append(row)


def title(item: pytest.Item) -> str:
    """Return a test's name in words."""
    return item.name.removeprefix("test_").replace("_", " ")


def points(item: pytest.Item) -> float:
    """Return how many points a test is worth.

    Raises:
        ValueError: it has no marker `points`.

    """
    mark = item.get_closest_marker("points")
    if mark is None or len(mark.args) != 1:
        raise ValueError(f"{item.nodeid}: expected the marker points(n), got none")
    return float(mark.args[0])


def part_of(path: Path) -> str:
    """Return the part that a test file is about."""
    match = TEST_FILE.fullmatch(path.name)
    return match[1] if match else path.stem


def explain(error: BaseException) -> str:
    """Return why a test failed, for a student: the assertion's message, else the error and its line."""
    try:
        text = str(error)
    except BaseException:  # the student's own class
        text = ""
    here = Path(__file__).parent
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename]
    ours = {"public", "hidden"}  # the tests' folders
    places = [(f, Path(f.filename)) for f in frames]
    own = [f for f, path in places if here not in path.parents and path.parent.name not in ours]
    place = f" (in {own[-1].name}, line {own[-1].lineno})" if own else ""
    if isinstance(error, AssertionError) and not own:
        return clean(text.split("\nassert ")[0])
    if isinstance(error, AssertionError) and not text:
        text = own[-1].line or ""  # `assert` without a message: its line
    return clean(f"{type(error).__name__}: {text}{place}")


def _forget(folder: Path) -> None:
    """Drop the modules that came from a folder: other assignments have files of the same names."""
    for name, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None)
        if place is not None and folder in Path(place).parents:
            del sys.modules[name]


def run(
    files: list[Path],
    student: Any,
    assignment: Assignment,
    secret: bytes = b"",
    *,
    only_list: bool = False,
    shown: bool = False,
) -> Tests:
    """Run test files and return their results.

    Args:
        files: test files for pytest.
        student: what the fixture gives.
        assignment: whose tests they are.
        secret: from which the generators are seeded.
        only_list: run nothing, but list what each test is worth.
        shown: let through what is printed.

    Raises:
        RuntimeError: a test file is broken, which is not the student's fault.
        KeyboardInterrupt: it was interrupted.

    """
    tests = Tests(student, assignment, secret)
    tests.only_list = only_list
    options = ["-c", str(INI), "--rootdir", str(assignment.folder), "--noconftest", "--import-mode=importlib"]
    # the last two collect garbage after each run, which takes longer than the tests
    unused = ("cacheprovider", "terminal", "debugging", "faulthandler", "logging")
    for name in (*unused, "unraisableexception", "threadexception"):
        options += ["-p", f"no:{name}"]
    options += ["--capture=no" if shown else "--capture=sys", "-o", f"pythonpath={assignment.hidden}"]
    before = {name: os.environ.get(name) for name in ("PYTEST_ADDOPTS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")}
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            code = pytest.main([*options, *map(str, files)], plugins=[tests])
    finally:
        sys.dont_write_bytecode = writes
        _forget(assignment.folder)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    if code == pytest.ExitCode.INTERRUPTED and not tests.faults:
        raise KeyboardInterrupt
    fine = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, *([pytest.ExitCode.NO_TESTS_COLLECTED] * only_list)}
    if tests.faults or code not in fine:
        raise RuntimeError(f"{assignment.name}: its tests do not run: {'; '.join(tests.faults) or code}")
    return tests
