"""The rules for a chapter's notebook, and the tool that runs one again in place (it needs the extra `book`).

    python -m lecturelib.notebooks new book/PART/NAME.ipynb  # title, set-up and metadata of a new chapter
    python -m lecturelib.notebooks execute book/*/*.ipynb    # run in place, then normalise
    python -m lecturelib.notebooks check book/*/*.ipynb      # one line for each broken rule

A code cell is *exact* (no tag: nbval compares its stored output) or *statistical* (tagged `nbval-ignore-output`: its
output may vary, and its last statement asserts what must hold). There is no third kind.
"""

import argparse
import ast
import hashlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lecturelib.atomic import atomic_write

STATISTICAL = "nbval-ignore-output"
MAX_BYTES = 1_500_000
MAX_MINUTES = 2.0
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
CELL_METADATA = {"tags", "mystnb"}
NOTEBOOK_METADATA = {"lecturelib", "mystnb"}
SET_UP = """try:
    import lecturelib
except ModuleNotFoundError:  # on Colab: add the library, leave torch as it is
    %pip install --quiet "lecturelib @ git+https://github.com/sequences-and-self-supervision/book"
    import lecturelib
from lecturelib import chapter

budget = chapter.start(minutes=1)
assert budget in ("smoke", "cpu", "gpu")"""
# What depends on the machine's speed: tqdm's rates and redrawn lines in an output, clocks and timers in a source.
PROGRESS = re.compile(r"\r(?!\n)|(?<![a-z])(it/s|s/it)\b")
CLOCK = re.compile(r"\b(perf_counter|process_time|monotonic|time\.time|timeit)\b|^\s*%%?time\b", re.MULTILINE)
MINUTES = r"\bminutes=[\d.]+"
ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/\\-])/(?:home|root|Users|tmp|usr|var|opt|mnt|private|content)/[\w.]|\b[A-Z]:\\\w", re.ASCII
)


def read(path: Path) -> NotebookNode:
    """Return the notebook at `path` in nbformat's version 4.

    Raises:
        ValueError: the file is not a notebook.

    """
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)
        return notebook
    except Exception as error:  # nbformat raises whatever its JSON and schema layers raise
        raise ValueError(f"{path}: expected a Jupyter notebook, got {type(error).__name__}: {error}") from None


def write(notebook: NotebookNode, path: Path) -> None:
    """Write the notebook; on an error the file stays as it was."""
    with atomic_write(path) as aside:
        aside.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", encoding="utf-8")


def execute(path: Path, *, timeout: int = 900) -> None:
    """Run the notebook in its folder, normalise it and write it back; where a cell fails, the file stays as it was.

    Args:
        path: the notebook.
        timeout: seconds that one cell may take.

    Raises:
        ValueError: the file is not a notebook.
        RuntimeError: a cell failed; the message ends with its traceback.

    """
    notebook = read(path)
    resources = {"metadata": {"path": str(path.resolve().parent)}}
    client = NotebookClient(notebook, timeout=timeout, kernel_name="python3", resources=resources)
    client.extra_arguments = ["--IPKernelApp.log_level=ERROR"]  # it warns that it listens on the loopback interface
    try:
        client.execute(env=os.environ | {"LECTURELIB_QUIET": "1"})
    except CellExecutionError as error:
        raise RuntimeError(f"{path}: a cell failed: {error}") from None
    normalise(notebook)
    write(notebook, path)


def normalise(notebook: NotebookNode) -> None:
    """Remove, in place, everything that would differ between two runs of the same cells; it is idempotent.

    Cell ids are derived from the sources; execution times, widget states and views, stderr, the kernel's version and
    foreign metadata are removed; consecutive pieces of stdout, which the kernel splits anywhere, become one.
    """
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        cell.metadata = NotebookNode({k: v for k, v in cell.metadata.items() if k in CELL_METADATA})
        if cell.cell_type == "code":
            cell.outputs = _merged([output for output in cell.outputs if not _is_noise(output)])
    kept = {k: v for k, v in notebook.metadata.items() if k in NOTEBOOK_METADATA}
    notebook.metadata = nbformat.from_dict(
        kept
        | {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5


def problems(notebook: NotebookNode, size: int = 0) -> list[str]:
    """Name every broken rule for notebooks, one line each; an empty list means that all are kept.

    Args:
        notebook: as `read` returns it.
        size: bytes of its file.

    """
    found = list(_notebook_problems(notebook))
    if size > MAX_BYTES:
        found.append(f"size: expected at most {MAX_BYTES} bytes, got {size}; draw fewer or smaller figures")
    for number, cell in enumerate(code_cells(notebook), start=1):
        found += [f"code cell {number}: {problem}" for problem in _cell_problems(cell, number)]
    return found


def chapter_problems(path: Path) -> list[str]:
    """Name every broken rule for a chapter or another page of the book that is a notebook, one line each.

    Beside the rules for notebooks: every page starts with the same set-up, and every chapter cites its papers.

    Raises:
        ValueError: the file is not a notebook.

    """
    notebook = read(path)
    found = problems(notebook, path.stat().st_size)
    stored = nbformat.writes(notebook)
    normalise(notebook)
    if nbformat.writes(notebook) != stored:
        found.append(
            "cells: expected ids of their sources and no noise; run `python -m lecturelib.notebooks normalise`"
        )
    cells = code_cells(notebook)
    if cells and set_up(notebook) != re.sub(MINUTES, "minutes=…", SET_UP):
        found.append("code cell 1: expected the set-up of every chapter, as `notebooks new` writes it")
    elif cells and STATISTICAL not in cells[0].metadata.get("tags", []):
        found.append(f"code cell 1: expected the tag {STATISTICAL}, since what it prints depends on the machine")
    in_a_part = path.resolve().parent.name != "book"  # pages of reference, such as the results, cite nothing
    if in_a_part and not any("{cite" in cell.source for cell in notebook.cells if cell.cell_type == "markdown"):
        found.append("cells: expected a citation, such as {cite:p}`lecun1998mnist`, got none; papers: references.bib")
    return found


def new(path: Path) -> None:
    """Write a chapter that has its title and its set-up only.

    Raises:
        ValueError: the path is not that of a new notebook in a folder that exists.

    """
    if path.suffix != ".ipynb" or path.exists() or not path.parent.is_dir():
        raise ValueError(f"{path}: expected the path of a new .ipynb file in a folder that exists")
    title = new_markdown_cell(
        f"# {path.stem.replace('_', ' ').capitalize()}\n\nThe question, and its answer in a picture."
    )
    first = new_code_cell(SET_UP)
    first.metadata["tags"] = [STATISTICAL]
    notebook = new_notebook(cells=[title, first])
    notebook.metadata["lecturelib"] = {"datasets": [], "minutes": 1}
    normalise(notebook)
    write(notebook, path)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def python(source: str) -> str:
    """Return a cell's source with IPython's magics and shell escapes turned into plain calls."""
    return TransformerManager().transform_cell(source)


def set_up(notebook: NotebookNode) -> str:
    """Return the first code cell, the same in every chapter but for the number of minutes, which is left out."""
    cells = code_cells(notebook)
    return re.sub(MINUTES, "minutes=…", cells[0].source) if cells else ""


def _is_noise(output: NotebookNode) -> bool:
    return output.get("name") == "stderr" or WIDGET_VIEW in output.get("data", {})


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    merged: list[NotebookNode] = []
    for output in outputs:
        if merged and output.output_type == "stream" == merged[-1].output_type:
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def _notebook_problems(notebook: NotebookNode) -> Iterator[str]:
    if "widgets" in notebook.metadata:
        yield "metadata: expected no stored widget state, got `widgets`; run `make notebooks`"
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "metadata.kernelspec.name: expected 'python3'; run `make notebooks`"
    own = notebook.metadata.get("lecturelib", {})
    names, minutes = own.get("datasets"), own.get("minutes")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        yield f"metadata.lecturelib.datasets: expected a list of names of data sets to download, got {names!r}"
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 < minutes <= MAX_MINUTES:
        yield f"metadata.lecturelib.minutes: expected a number above 0, at most {MAX_MINUTES:g}, got {minutes!r}"
    if not code_cells(notebook):
        yield "cells: expected code cells, got none"
    ids = [cell.get("id") for cell in notebook.cells]
    if None in ids or len(set(ids)) < len(ids):
        yield "cells: expected an id of its own for each; run `make notebooks`"


def _cell_problems(cell: NotebookNode, number: int) -> Iterator[str]:
    if cell.execution_count != number:
        yield f"expected execution_count {number}, got {cell.execution_count}; run `make notebooks`"
    tags = set(cell.metadata.get("tags", []))
    foreign = {tag for tag in tags if tag.startswith("nbval-") or tag == "raises-exception"} - {STATISTICAL}
    if foreign or "NBVAL" in cell.source.upper().replace("-", "_"):
        yield f"expected no tag or mark of nbval but {STATISTICAL}, got {sorted(foreign) or 'a comment'}"
    texts = [text for output in cell.outputs for text in _texts(output)]
    if STATISTICAL in tags:
        if not _ends_in_assert(cell.source):
            yield f"tagged {STATISTICAL}: expected an assert as the last statement"
    elif any(PROGRESS.search(text) for text in texts) or CLOCK.search(cell.source):
        yield f"expected no progress bar or clock in an exact cell; tag it {STATISTICAL} and end it in an assert"
    for output in cell.outputs:
        data = output.get("data", {})
        if output.output_type == "error":
            yield f"expected no stored error, got {output.ename}: {output.evalue}"
        if output.get("name") == "stderr":
            yield f"expected no stored stderr, got {output.text[:60]!r}; run `make notebooks`"
        if WIDGET_VIEW in data or WIDGET_STATE in data:
            yield "expected no stored widget, which is dead in the page; run `make notebooks`"
        if any(kind.startswith("image/") for kind in data) and not _alt(cell).strip():
            yield "expected a description of its image in the cell's metadata, mystnb.image.alt"
    path = next((match for text in texts if (match := ABSOLUTE_PATH.search(text))), None)
    if path:
        yield f"expected no absolute path in an output, got {path.group()!r}…"


def _alt(cell: NotebookNode) -> str:
    return str(cell.metadata.get("mystnb", {}).get("image", {}).get("alt", ""))


def _texts(output: NotebookNode) -> Iterator[str]:
    """Yield what a reader can read of an output: streams, and the textual forms of results."""
    if "text" in output:
        yield output.text
    for kind, value in output.get("data", {}).items():
        if isinstance(value, str) and kind.startswith("text/"):
            yield value


def _ends_in_assert(source: str) -> bool:
    try:
        body = ast.parse(python(source)).body
    except SyntaxError:
        return False
    return bool(body) and isinstance(body[-1], ast.Assert) and not isinstance(body[-1].test, ast.Constant)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, run, normalise or check notebooks; return 1 if a rule is broken or a cell fails."""
    parser = argparse.ArgumentParser(prog="python -m lecturelib.notebooks")
    parser.add_argument("action", choices=["new", "execute", "normalise", "check"])
    parser.add_argument("paths", nargs="+", type=Path, metavar="NOTEBOOK")
    parsed = parser.parse_args(arguments)
    try:
        for path in parsed.paths:
            if parsed.action == "new":
                new(path)
                print(f"{path}: name it in _toc.yml; then `python -m lecturelib.notebooks execute {path}`")
            elif parsed.action == "execute":
                print(f"{path} …", flush=True)
                execute(path)
            elif parsed.action == "normalise":
                notebook = read(path)
                normalise(notebook)
                write(notebook, path)
        checked = [] if parsed.action == "new" else parsed.paths
        broken = [f"{path}: {line}" for path in checked for line in chapter_problems(path)]
    except (ValueError, RuntimeError, OSError) as error:
        broken = [f"error: {error}"]
    print(*broken, sep="\n", end="\n" if broken else "", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
