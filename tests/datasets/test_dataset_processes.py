"""Failures that need a process of their own: another user, a file-size limit, two at once, a kill."""

import hashlib
import json
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from loopback import BODY, files_in, right, slow, toy_entry

from lecturelib import paths
from lecturelib.datasets.files import fetch

REPO = Path(__file__).resolve().parents[2]


CHILD = """
import encodings.idna, json, os, resource, sys, types
package = sys.modules["lecturelib.datasets"] = types.ModuleType("lecturelib.datasets")
package.__path__ = ["lecturelib/datasets"]  # without its __init__, which takes seconds to import torch
from lecturelib.datasets import download, files, registry
from lecturelib.datasets.download import DatasetError
url, sha256, size, before = json.loads(sys.argv[1])
toy = registry.File("toy/toy.txt", sha256, size, (url,))
entry = registry.Entry("toy", "A toy", "", "", "", "download", (toy,))
print("ready", flush=True)
sys.stdin.readline()
exec(before)
try:
    print(json.dumps([str(path) for path in files.fetch(entry)]))
except DatasetError as error:
    print(json.dumps(str(error)))
"""


def start_child(cache, url, before=""):
    arguments = json.dumps([url, hashlib.sha256(BODY).hexdigest(), len(BODY), before])
    environment = {**os.environ, "LECTURELIB_DATA": str(cache), "PYTHONPATH": str(REPO)}
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, arguments],
        env=environment,
        cwd=REPO,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def in_child(cache, url, before=""):
    output, errors = start_child(cache, url, before).communicate("go\n")
    assert errors == ""  # no progress bar, no traceback
    return json.loads(output)


NOBODY = "os.getuid() or os.setuid(65534)"  # root may write everywhere


def test_a_read_only_cache(site):
    url = site.add("toy.txt", BODY)
    with tempfile.TemporaryDirectory() as name:
        cache = Path(name)
        cache.chmod(0o555)
        message = in_child(cache, url, NOBODY)
        assert "Permission denied" in message
        assert f"{cache / 'toy/toy.txt'} is absent and cannot be written" in message
        assert site.asked == []
        assert files_in(cache) == []

        cache.chmod(0o755)
        (cache / "toy").mkdir()
        (cache / "toy/toy.txt").write_bytes(BODY)
        for folder in (cache / "toy", cache):
            folder.chmod(0o555)
        assert in_child(cache, url, NOBODY) == [str(cache / "toy/toy.txt")]  # complete: read-only is enough
        for folder in (cache, cache / "toy"):
            folder.chmod(0o755)


def test_a_full_disk(tmp_path, site):
    limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(BODY) // 2},) * 2)"
    message = in_child(tmp_path, site.add("toy.txt", BODY), limit)
    assert "File too large" in message
    assert "free 0.3 MB" in message
    assert files_in(tmp_path) == []


@pytest.mark.slow
def test_two_processes_at_once(tmp_path, site):
    url = site.add("toy.txt", BODY, slow)
    children = [start_child(tmp_path, url, "download.TIMEOUT = 10") for _ in range(2)]
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    results = [child.communicate() for child in children]
    assert len(site.asked) == 2  # they did overlap
    for output, errors in results:
        assert errors == ""
        assert json.loads(output) == [str(tmp_path / "toy/toy.txt")]
    assert files_in(tmp_path) == ["toy/toy.txt"]
    assert (tmp_path / "toy/toy.txt").read_bytes() == BODY


def test_a_killed_download_leaves_no_file_under_the_real_name(cache, site):
    url = site.add("toy.txt", BODY, slow, right)
    child = start_child(cache, url, "download.TIMEOUT = 10")
    child.stdin.write("go\n")
    child.stdin.flush()
    deadline = time.monotonic() + 600
    while not any(path.stat().st_size for path in (cache / "toy").glob(".toy.txt.*.partial")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert not (cache / "toy/toy.txt").exists()
    fetch(toy_entry(url))
    assert (cache / "toy/toy.txt").read_bytes() == BODY


def test_a_path_with_spaces_and_umlauts_and_no_home(tmp_path, site, monkeypatch):
    """In the C locale, as in a bare container; without HOME the cache lies in the home of the user's account."""
    monkeypatch.delenv("HOME")
    monkeypatch.setenv("LC_ALL", "C")
    cache = tmp_path / "Größe und Maß/die Daten"
    assert in_child(cache, site.add("toy.txt", BODY)) == [str(cache / "toy/toy.txt")]
    monkeypatch.delenv("LECTURELIB_DATA", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert paths.cache_dir() == Path(pwd.getpwuid(os.getuid()).pw_dir) / ".cache/lecturelib"
