"""The shape of a chapter: question, picture, box; the text; practice, summary, exercises, and what came after."""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

BOX = "```{admonition} In this chapter"
PROMISES = ("**You will be able to**", "**Know before**", "**Time**")
LAST_SECTIONS = ["In practice", "What to remember", "Exercises", "What came after"]
QUESTIONS = range(5, 9)
COLUMNS = 79  # of code and of printed text: the width of a page
SHOWS = re.compile(r"^(display\()?(chapter\.(results_|benchmark_)?table|quiz\.ask|demos\.show)\(")
EXERCISE = re.compile(r"```\{exercise\}[^\n]*\n:label: ([\w-]+)")


def shape_problems(notebook: NotebookNode) -> Iterator[str]:
    """Yield a line for each way in which a chapter differs from the shape that all chapters have."""
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    yield from _first_screen(notebook)
    yield from _last_screen(text)
    yield from _figures(notebook, text)
    yield from _exercises(text)
    asked = sum("quiz.ask(" in cell.source for cell in notebook.cells if cell.cell_type == "code")
    if asked not in QUESTIONS:
        yield f"questions: expected {QUESTIONS[0]} to {QUESTIONS[-1]} cells with `quiz.ask`, got {asked}"
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        yield from (f"code cell {number}: {problem}" for problem in _code(cell))


def _first_screen(notebook: NotebookNode) -> Iterator[str]:
    first = notebook.cells[0].source
    if not first.startswith("# ") or not re.search(r"\*\*[^*]+\?\*\*", first):
        yield "first cell: expected a title and the chapter's question in bold, **...?**"
    where = [k for k, cell in enumerate(notebook.cells) if BOX in cell.source]
    if len(where) != 1:
        yield f"expected one box {BOX!r}, got {len(where)}"
        return
    box = notebook.cells[where[0]].source
    yield from (f"box: expected {promise}" for promise in PROMISES if promise not in box)
    before = [cell for cell in notebook.cells[1 : where[0]] if cell.cell_type == "code"]
    if not any(_shows_something(cell) for cell in before):
        yield "expected a picture or a demo before the box"
    for cell in before:
        if not {"hide-input", "hide-cell", "remove-input", "remove-cell"} & set(cell.metadata.get("tags", [])):
            yield f"expected the code before the box to be folded (hide-input), got {cell.source[:40]!r}"


def _shows_something(cell: NotebookNode) -> bool:
    kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
    return any(kind == "text/html" or kind.startswith("image/") for kind in kinds)


def _last_screen(text: str) -> Iterator[str]:
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
    if sections[-4:] != LAST_SECTIONS:
        yield f"expected the last sections {LAST_SECTIONS}, got {sections[-4:]}"
    remember = re.search(r"^## What to remember\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    points = len(re.findall(r"^- ", remember[1], re.MULTILINE)) if remember else 0
    if points != 5:
        yield f"What to remember: expected five points, got {points}"


def _figures(notebook: NotebookNode, text: str) -> Iterator[str]:
    for cell in notebook.cells:
        if cell.cell_type != "code" or not any(
            kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {})
        ):
            continue
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        name = figure.get("name", "")
        if not figure.get("caption", "").strip() or not name.startswith("fig-"):
            yield f"expected a caption and a name 'fig-...' in mystnb.figure, got {figure} for {cell.source[:40]!r}"
        elif f"{{numref}}`{name}`" not in text:
            yield f"{name}: expected a reference {{numref}}`{name}` in the text"


def _exercises(text: str) -> Iterator[str]:
    labels = EXERCISE.findall(text)
    if len(labels) < 5:
        yield f"expected five exercises or more, got {len(labels)}"
    for part in re.split(r"(?=```\{exercise\})", text)[1:]:
        label = EXERCISE.match(part)
        if not label:
            yield "an exercise: expected `:label: ex-...` as its first option"
        elif f"{{solution}} {label[1]}\n" not in part or "{admonition} Hint" not in part:
            yield f"{label[1]}: expected a hint and a solution below it"


def _code(cell: NotebookNode) -> Iterator[str]:
    tags = set(cell.metadata.get("tags", []))
    last = next((line for line in reversed(cell.source.splitlines()) if line and line[0] not in " )]}"), "")
    if SHOWS.match(last) and not {"remove-input", "hide-input", "hide-cell"} & tags:
        yield f"expected the tag remove-input where a cell only shows a table, a question or a demo, got {last[:40]!r}"
    wide = [line for line in cell.source.splitlines() if len(line) > COLUMNS]
    printed = [line for output in cell.outputs for line in output.get("text", "").splitlines() if len(line) > COLUMNS]
    if "lecturelib @ git+" not in "".join(wide):
        yield from (f"expected lines of at most {COLUMNS} columns, got {line[:60]!r}..." for line in wide)
    yield from (f"expected printed lines of at most {COLUMNS} columns, got {line[:60]!r}..." for line in printed)
