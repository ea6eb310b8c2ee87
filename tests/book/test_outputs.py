"""Every chapter, run again, gives its stored outputs (exact cells) and keeps its assertions (statistical ones)."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from lecturelib import notebooks
from lecturelib.datasets import available

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "book").rglob("*.ipynb"))

pytestmark = pytest.mark.slow


# jsonschema, which nbval imports, would compile a grammar for IRIs with it, for seconds. Drawings are not compared, as
# nbval compares no PNG: the last digits of their coordinates depend on the processor.
PYTEST = """
import sys
sys.modules["rfc3987_syntax"] = None
import pytest
from nbval.plugin import IPyNbFile
create = IPyNbFile.__init__
def create_without_drawings(self, *args, **kwargs):
    create(self, *args, **kwargs)
    self.skip_compare += ("image/svg+xml",)
IPyNbFile.__init__ = create_without_drawings
sys.exit(pytest.main(sys.argv[1:]))
"""


def nbval(path: Path) -> "subprocess.CompletedProcess[str]":
    """Run nbval on one notebook, in this Python."""
    # the kernel reads the package from the tree or from where it is installed, as this process does
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    # matplotlib's backend is the notebook's own
    environment = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    return subprocess.run(
        [
            *(
                sys.executable,
                "-c",
                PYTEST,
                "-q",
                "--nbval",
                "--nbval-current-env",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:hydra_pytest",
            ),
            *("--nbval-sanitize-with", ROOT / "tests/book/sanitize.cfg", "--nbval-cell-timeout", "3000"),
            *("-o", "addopts=", "-o", "timeout=0", "-o", "filterwarnings=default", path),
        ],
        cwd=ROOT,
        env=environment | {"LECTURELIB_QUIET": "1", "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem for path in CHAPTERS])
def test_chapter_gives_its_stored_outputs(path: Path):
    named = notebooks.read(path).metadata["lecturelib"]
    absent = [name for name in named["datasets"] if not available(name)]
    if absent and os.environ.get("LECTURELIB_REQUIRE_DATA") != "1":
        pytest.skip(f"data set absent: {', '.join(absent)}")
    began = time.monotonic()
    done = nbval(path)
    print(f"{path.stem}: {time.monotonic() - began:.0f} s (the notebook says {60 * named['minutes']:.0f})")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def run(path: Path, *cells: NotebookNode) -> "subprocess.CompletedProcess[str]":
    """Run nbval on a notebook of these cells."""
    notebook = new_notebook(cells=list(cells))
    notebooks.normalise(notebook)
    notebooks.write(notebook, path)
    return nbval(path)


def exact(source: str, stored: str) -> NotebookNode:
    outputs = [new_output("execute_result", {"text/plain": stored}, execution_count=1)]
    return new_code_cell(source, execution_count=1, outputs=outputs)


def test_right_outputs_pass_whatever_the_address(tmp_path: Path):
    done = run(tmp_path / "a.ipynb", exact("1 + 1", "2"), exact("object()", "<object at 0x7f0000000000>"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_a_wrong_output_and_a_failed_assertion_are_caught(tmp_path: Path):
    statistical = new_code_cell("loss = 3\nassert loss < 2", metadata={"tags": [notebooks.STATISTICAL]})
    done = run(tmp_path / "a.ipynb", exact("1 + 1", "3"), exact("1 + 1", "2"), statistical)
    assert done.returncode == 1
    assert "2 failed, 1 passed" in done.stdout
