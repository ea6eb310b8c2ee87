"""What the sandbox shows: never the repository, wherever it lies, and always Python."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from needs_sandbox import needs_sandbox

from lecturelib.homework.sandbox import memory, mounts, process


def tree(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shown folder in which the repository lies, with an environment of its own and a seed beside it."""
    root = tmp_path / "prefix" / "src" / "book"
    tree(root, ".git/config", "_build/solutions/1.ipynb", "tests/test_a.py", "lecturelib/nade.py", "README.md")
    tree(root, "assignments/1_a/master.py", ".venv/bin/tool", ".venv/lib/python3.11/site-packages/lecturelib/a.py")
    tree(tmp_path / "prefix", "bin/python", "lib/python3.12/dist-packages/lecturelib/nade.py", "seeds/seed", "seed")
    usual = mounts.shown()
    monkeypatch.setattr(mounts, "PACKAGE", root / "lecturelib")
    monkeypatch.setattr(mounts, "assignments_dir", lambda: root / "assignments")
    monkeypatch.setattr(mounts, "shown", lambda: [*usual, tmp_path / "prefix", root / ".venv"])
    return tmp_path / "prefix"


SEEN = ["bin/python", "src/book/.venv/bin/tool"]


@needs_sandbox
def test_a_repository_in_a_shown_folder_is_not_seen(prefix: Path):
    hide = [prefix, prefix / "seed", prefix / "seeds", prefix / "seeds" / "seed", prefix / "none"]
    start = process.command(hide)
    listing = subprocess.run([*start, "find", prefix, "-type", "f", "-size", "+0"], capture_output=True, text=True)
    assert listing.stderr == ""
    assert sorted(listing.stdout.split()) == [str(prefix / name) for name in SEEN]


@needs_sandbox
def test_a_repository_that_is_itself_shown_loses_what_is_the_course_s(prefix: Path, monkeypatch: pytest.MonkeyPatch):
    root = prefix / "src" / "book"
    usual = mounts.shown()
    monkeypatch.setattr(mounts, "shown", lambda: [*usual, root])
    listing = subprocess.run([*process.command([]), "find", root, "-type", "f"], capture_output=True, text=True)
    assert listing.stderr == ""
    assert sorted(listing.stdout.split()) == [str(root / name) for name in (".venv/bin/tool", "README.md")]


def test_sources_in_usr_are_hidden_and_the_environment_lies_on_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tree(tmp_path, "usr/src/book/.venv/bin/tool")
    monkeypatch.setattr(mounts, "SOURCES", (tmp_path / "usr" / "src",))
    inner = tmp_path / "usr" / "src" / "book" / ".venv"
    monkeypatch.setattr(mounts, "shown", lambda: [inner, tmp_path / "usr"])
    words = mounts.arguments([])
    places = [words.index(str(path)) for path in (tmp_path / "usr", tmp_path / "usr" / "src", inner.parent, inner)]
    assert places == sorted(places)
    assert words[places[1] - 1] == "--tmpfs"


START = "import mmap, os, sys, threading, time\n"
SHARED = "m = mmap.mmap(-1, 200 * 2**20); m.write(b'x' * len(m))\n"
COPIED = "b = bytearray(b'x') * (200 * 2**20)\nfor _ in range(3):\n    if os.fork() == 0: break\n"
THREAD = "def start():\n    if os.fork() == 0:\n        global b; b = bytearray(b'x') * (200 * 2**20); ready()\n"
THREAD += "    time.sleep(60)\nthreading.Thread(target=start).start()\n"
READY = "def ready(): print('x', flush=True); time.sleep(60)\n"


@pytest.mark.parametrize(
    ("source", "ready"),
    [(SHARED + "ready()", 1), (COPIED + "ready()", 4), (THREAD, 1)],
    ids=["shared", "copied on write", "thread's child"],
)
def test_memory_counts_once_and_all_of_it(source: str, ready: int):
    """`ready` is the number of processes that say that they are."""
    running = subprocess.Popen([sys.executable, "-c", START + READY + source], stdout=subprocess.PIPE, process_group=0)
    try:
        assert running.stdout is not None
        for _ in range(ready):
            running.stdout.readline()
        assert 190 * 2**20 < memory.process_tree_bytes(running.pid) < 300 * 2**20
    finally:
        os.killpg(running.pid, 9)
        running.communicate()


def test_a_process_whose_name_is_no_text_is_counted():
    renamed = "import ctypes, time; ctypes.CDLL(None).prctl(15, b'\\xff\\xfe', 0, 0, 0); "
    name = renamed + "print('x', flush=True); time.sleep(60)"
    running = subprocess.Popen([sys.executable, "-c", name], stdout=subprocess.PIPE)
    try:
        assert running.stdout is not None
        running.stdout.readline()
        assert memory.may_exceed(running.pid, 10**6)
        assert not memory.may_exceed(running.pid, 10**9)
    finally:
        running.kill()
        running.communicate()


def test_memory_of_a_process_that_is_gone_is_none():
    assert memory.process_tree_bytes(2**22 + 1) == 0
