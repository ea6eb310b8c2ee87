"""The rules for a chapter's notebook, each broken one said in a line, and a new chapter that keeps them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lecturelib.install import requirement
from lecturelib.notebooks.files import WIDGET_VIEW, normalise, read, write
from lecturelib.notebooks.shape import BOX, shape_problems

STATISTICAL = "nbval-ignore-output"
PARTS = ("sequences", "predictive", "words", "vision")  # the folders of chapters
MAX_BYTES = 1_500_000
MAX_MINUTES = 2.0
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
SET_UP = f"""try:
    import lecturelib
except ModuleNotFoundError:  # on Colab: add the library, leave torch as it is
    %pip install --quiet "{requirement()}"
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
    # pages of reference, such as results and solutions, need not cite
    if path.resolve().parent.name in PARTS and not any(
        "{cite" in cell.source for cell in notebook.cells if cell.cell_type == "markdown"
    ):
        found.append("cells: expected a citation, such as {cite:p}`lecun1998mnist`, got none; papers: references.bib")
    if any(BOX in cell.source for cell in notebook.cells):
        found += shape_problems(notebook)
    return found


NEW_BOX = """```{admonition} In this chapter
**You will be able to** do one thing · explain another.

**Know before**: what it builds on.

**Time**: 30 minutes to read; the page runs in about 1 minute.
```

## The idea"""
NEW_END = """## In practice

## What to remember

- One of five points.

## Exercises

```{exercise} What it is about (by hand)
:label: ex-NAME-one
The question.
```

```{admonition} Hint
:class: dropdown tip
Where to look.
```

```{solution} ex-NAME-one
:label: sol-NAME-one
:class: dropdown
The answer.
```

## What came after"""


def new(path: Path) -> None:
    """Write a chapter that has its title, its set-up and the frame of its text.

    Raises:
        ValueError: the path is not that of a new notebook in a folder that exists.

    """
    if path.suffix != ".ipynb" or path.exists() or not path.parent.is_dir():
        raise ValueError(f"{path}: expected the path of a new .ipynb file in a folder that exists")
    title = new_markdown_cell(
        f"# {path.stem.replace('_', ' ').capitalize()}\n\n**The question?** Its answer, in a picture below."
    )
    first = new_code_cell(SET_UP)
    first.metadata["tags"] = [STATISTICAL, "hide-cell"]
    first.metadata["mystnb"] = {"code_prompt_show": "Set-up: device, budget and time"}
    frame = [new_markdown_cell(text) for text in (NEW_BOX, NEW_END.replace("NAME", path.stem))]
    notebook = new_notebook(cells=[title, first, *frame])
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
    shown = [output for output in cell.outputs if output.output_type in ("display_data", "execute_result")]
    if "figure" in cell.metadata.get("mystnb", {}) and len(shown) > 1:
        yield f"expected one output besides printed text, since all of them get the caption, got {len(shown)}"
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
