"""The commands for those without make: what they run, and what they say outside of a clone."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lecturelib import tasks
from lecturelib.__main__ import main

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Collect the command lines that would be run, without the Python at their head; all succeed."""
    lines: list[list[str]] = []

    def run(command: list[str], **options: Any) -> Any:
        assert command[0] == sys.executable
        assert options["cwd"] == ROOT
        if command[1:3] == ["-c", tasks.JUPYTER_BOOK]:
            lines.append(["jupyter_book", *command[3:]])
        elif command[1] == "-m":
            lines.append(command[2:])
        return type("Done", (), {"returncode": 0})()

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.chdir(ROOT / "book")
    return lines


def makefile(target: str) -> str:
    text = (ROOT / "Makefile").read_text()
    return text.split(f"\n{target}: ")[1].split("\n\n")[0]


def test_they_run_what_the_makefile_runs(asked: list[list[str]]):
    assert main(["book", "--build-only"]) == 0
    demos, site = asked
    assert demos == ["lecturelib", "demos", "build", str(ROOT / "_build/extra/demos")]
    assert site[:2] == ["jupyter_book", "build"]
    options = makefile("site").split("jupyter-book build ")[1].split()
    assert site[2:] == [option for option in options if option not in ("--path-output", "$(OUT)")]
    assert main(["lab"]) == 0
    assert main(["test", "--quick", "--jobs", "3"]) == 0
    assert asked[2:] == [["jupyterlab", str(ROOT / "book")], ["pytest", "-n", "3", "-m", "not slow"]]
    assert '-m "not slow"' in makefile("quick")


def test_outside_of_a_clone_they_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    monkeypatch.chdir(tmp_path)
    assert main(["test"]) == 1
    assert f"error: {tmp_path}: expected a folder of the book's repository" in capsys.readouterr().err


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(ValueError, match=r"no_such_module: expected it installed.*pip install -e \.\[book\]"):
        tasks.run("no_such_module", extra="book")


def test_a_program_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(RuntimeError, match=r"json\.tool: ended with exit code [12]"):
        tasks.run("json.tool", "no-such-file", extra="book")
