"""The set-up cell of every chapter installs what is missing and nothing else."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lecturelib import notebooks

CHAPTERS = sorted((Path(__file__).resolve().parents[2] / "book").rglob("*.ipynb"))


def installs(source: str, monkeypatch: pytest.MonkeyPatch, present: bool) -> list[str]:
    """Run a set-up cell with every way to install replaced by a note, and return the notes.

    Without lecturelib, looking it up and importing it fail until something has been installed.
    """
    noted: list[str] = []
    find_spec = importlib.util.find_spec

    def install(*args: Any, **kwargs: Any) -> Any:
        command = args[-1] if isinstance(args[-1], str) else " ".join(map(str, args[0]))
        noted.append(command)
        sys.modules.update(hidden)
        for name in [n for n, module in sys.modules.items() if module is None and n.startswith("lecturelib")]:
            del sys.modules[name]
        return SimpleNamespace(returncode=0, stdout="", stderr="")

    def find(name: str, package: str | None = None) -> Any:
        return None if name == "lecturelib" and not present and not noted else find_spec(name, package)

    hidden = {n: m for n, m in sys.modules.items() if n.split(".")[0] == "lecturelib"}
    shell = SimpleNamespace(system=install, getoutput=install, run_line_magic=install, run_cell_magic=install)
    with monkeypatch.context() as patch:
        if not present:
            for name in hidden:
                patch.delitem(sys.modules, name)
            patch.setitem(sys.modules, "lecturelib", None)
        patch.setattr(importlib.util, "find_spec", find)
        for name in ("run", "call", "check_call", "check_output", "Popen"):
            patch.setattr(subprocess, name, install)
        code = compile(notebooks.python(source), "<set-up>", "exec")
        exec(code, {"get_ipython": lambda: shell, "__name__": "__main__"})
        sys.modules.update(hidden)
    return noted


SET_UP = """
import importlib.util, subprocess, sys
if importlib.util.find_spec("lecturelib") is None:
    subprocess.run([sys.executable, "-m", "pip", "install", "lecturelib"], check=True)
import lecturelib
"""
BAD_SET_UPS = [
    SET_UP + "%pip install rich",
    SET_UP.replace("is None", "is not None"),
    SET_UP.replace('"lecturelib"]', '"--upgrade", "lecturelib"]'),
    SET_UP.replace('"lecturelib"]', '"torch==2.9", "lecturelib"]'),
]


def set_up_problems(source: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found = []
    if noted := installs(source, monkeypatch, present=True):
        found.append(f"installs although lecturelib is there: {noted}")
    try:
        noted = installs(source, monkeypatch, present=False)
    except ImportError as error:
        return [*found, f"goes on without lecturelib: {error}"]
    if len(noted) != 1 or "pip" not in noted[0] + source or "lecturelib" not in noted[0]:
        found.append(f"expected one pip install of lecturelib where it is missing, got {noted}")
    if any(word in " ".join(noted) for word in ("torch", "--upgrade", "-U ", "--force", "ipywidgets")):
        found.append(f"touches what the machine brings: {noted}")
    return found


@pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem for path in CHAPTERS])
def test_set_up_installs_only_what_is_missing(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    cell = notebooks.code_cells(notebooks.read(path))[0]
    assert set_up_problems(cell.source, monkeypatch) == []
    assert "torch==" not in cell.source


@pytest.mark.parametrize("source", [SET_UP, SET_UP.replace("subprocess.run([", "subprocess.check_call([")])
def test_a_good_set_up_passes(source: str, monkeypatch: pytest.MonkeyPatch):
    if "check_call" in source:
        source = source.replace(", check=True", "")
    assert set_up_problems(source, monkeypatch) == []


@pytest.mark.parametrize("source", BAD_SET_UPS)
def test_a_bad_set_up_is_caught(source: str, monkeypatch: pytest.MonkeyPatch):
    assert set_up_problems(source, monkeypatch)
