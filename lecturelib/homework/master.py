"""The master of an assignment: one Python script from which all that students and instructors read is made.

# %% about                      TOML in comments: title, minutes, chapters
# %% [markdown]                 text, in comments
# %% [markdown] rubric          text for instructors only
# %%                            code; what stands between "# BEGIN SOLUTION" and "# END SOLUTION" is taken out
# %% check 1a                   becomes a cell that calls check("1a")
# %% checked 1a                 an expression for a dictionary of tensors: what the solution gives there is stored,
                                and students get a cell that reads it
# %% try                        code that shows something; it is not run when graded
# %% picture                    a figure, for the page only; the comment above it says in words what it shows
"""

import ast
import itertools
import re
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lecturelib.homework.assignments import PART
from lecturelib.homework.cells import UNGRADED
from lecturelib.install import requirement

HEADER = re.compile(r"^# %%[ ]*(.*)$")
SOLUTION = re.compile(r"^([ \t]*)# BEGIN SOLUTION\n(.*?)^[ \t]*# END SOLUTION\n", re.DOTALL | re.MULTILINE)
KINDS = ("about", "[markdown]", "[markdown] rubric", "", "check", "checked", "try", "picture")
SET_UP = f"""# Set-up {UNGRADED}
try:
    import lecturelib
except ModuleNotFoundError:  # on Colab: add the library, leave torch as it is
    %pip install --quiet "{requirement("homework")}"
    import lecturelib
from lecturelib.homework import check, checked, hint, start

start(minutes={{minutes}})"""

RULES = f"""Hand in the notebook. Some rules for what is graded:

- A cell whose first line ends in `{UNGRADED}` does not count. Write no solution there.
- Cells that count may import `torch` and nothing else that has to be installed.
- Each part is graded for itself: its functions must not call those of earlier parts."""


@dataclass(frozen=True)
class Cell:
    """A piece of the master: its kind, the part it belongs to (checks and checked values only), its text or code."""

    kind: str
    part: str
    source: str


@dataclass(frozen=True)
class Master:
    """A master as it was read."""

    about: dict[str, Any]
    cells: list[Cell]


def read(text: str) -> Master:
    """Return the master that a script holds.

    Raises:
        ValueError: it is not in the format.

    """
    cells: list[Cell] = []
    for header, lines in _pieces(text):
        word, _, part = header.partition(" ") if header.startswith("check") else (header, "", "")
        if word not in KINDS or (word in ("check", "checked")) != bool(PART.fullmatch(part)):
            raise ValueError(f"master: expected a cell of a known kind, got '# %% {header}'")
        source = "\n".join(lines).strip("\n")
        if word.startswith(("about", "[markdown]")):
            source = "\n".join(line.removeprefix("#").removeprefix(" ") for line in source.splitlines())
        elif source.count("# BEGIN SOLUTION") != len(SOLUTION.findall(source + "\n")):
            raise ValueError("master: expected each BEGIN SOLUTION to have its END SOLUTION")
        cells.append(Cell(word, part, source))
    about = tomllib.loads(cells[0].source) if cells and cells[0].kind == "about" else {}
    if not {"title", "minutes", "chapters"} <= set(about):
        raise ValueError("master: expected a first cell '# %% about' with title, minutes and chapters")
    return Master(about, cells[1:])


def _pieces(text: str) -> Iterator[tuple[str, list[str]]]:
    header, lines = None, list[str]()
    for line in text.splitlines():
        match = HEADER.match(line)
        if match is None:
            lines.append(line)
            continue
        if header is not None:
            yield header, lines
        header, lines = match[1].strip(), []
    if header is not None:
        yield header, lines


def without_solution(source: str) -> str:
    """Return code with each solution replaced by an error that names the function."""
    return SOLUTION.sub(r'\1raise NotImplementedError("write this part")' + "\n", source + "\n").rstrip("\n")


def with_solution(source: str) -> str:
    """Return code without the marks around its solutions."""
    return SOLUTION.sub(r"\2", source + "\n").rstrip("\n")


def solutions(master: Master) -> list[str]:
    """Return the pieces of code that no student may see."""
    return [textwrap.dedent(match[1]) for cell in master.cells for match in SOLUTION.findall(cell.source + "\n")]


def notebook(master: Master, *, solved: bool) -> NotebookNode:
    """Return the student's notebook, or the instructor's with solutions and rubrics."""
    cells = [new_markdown_cell(f"# {master.about['title']}\n\n{RULES}"), new_code_cell(SET_UP.format(**master.about))]
    for cell in master.cells:
        if cell.kind == "[markdown]" or (cell.kind == "[markdown] rubric" and solved):
            cells.append(new_markdown_cell(("**Rubric.** " if "rubric" in cell.kind else "") + cell.source))
        elif not cell.kind.startswith(("[markdown]", "picture")):
            cells.append(new_code_cell(code(cell, solved=solved)))
    result: NotebookNode = new_notebook(cells=cells)
    for number, made in enumerate(result.cells):
        made.id = f"cell-{number}"  # the same in every build
    result.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    return result


def code(cell: Cell, *, solved: bool) -> str:
    """Return the code of a cell as it stands in a notebook."""
    if cell.kind == "check":
        return f'# Check {UNGRADED}\ncheck("{cell.part}")'
    if cell.kind == "checked":
        names = ", ".join(_keys(cell.source))
        text = f"# Values of a right {cell.part}, to go on with {UNGRADED}: {names}"
        return f"{text.replace(f' {UNGRADED}', '')} {UNGRADED}\n" + f'values_{cell.part} = checked("{cell.part}")'
    if cell.kind == "try":
        return f"# Try it {UNGRADED}\n{cell.source}"
    return with_solution(cell.source) if solved else without_solution(cell.source)


def picture(master: Master) -> tuple[str, str] | None:
    """Return what the picture of the page shows, in words, and its code; or None where the master has none.

    Raises:
        ValueError: no words, or more than one picture.

    """
    pictures = [cell.source for cell in master.cells if cell.kind == "picture"]
    if not pictures:
        return None
    lines = pictures[0].splitlines()
    words = [line.removeprefix("# ") for line in itertools.takewhile(lambda line: line.startswith("#"), lines)]
    if len(pictures) > 1 or not words:
        raise ValueError("master: expected one picture, with a comment above its code that says what it shows")
    return " ".join(words), "\n".join(lines[len(words) :])


def value_of(source: str) -> Any:
    """Run code, and return the value of its last line."""
    body = ast.parse(source).body
    last = body.pop()
    if not isinstance(last, ast.Expr):
        raise ValueError("master: expected a value as the last line")
    names: dict[str, Any] = {}
    exec(compile(ast.Module(body, []), "<master>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<master>", "eval"), names)


def _keys(source: str) -> list[str]:
    """Return the keys of the dictionary that a cell ends with."""
    last = ast.parse(source).body[-1]
    if not isinstance(last, ast.Expr) or not isinstance(last.value, ast.Dict):
        raise ValueError("master: expected a dictionary as the last line of a cell of checked values")
    return [str(key.value) for key in last.value.keys if isinstance(key, ast.Constant)]


def checked_values(master: Master) -> dict[str, Any]:
    """Run the solution, and return the tensors of all checked cells as "part/name"."""
    names: dict[str, Any] = {"__name__": "__main__"}
    found: dict[str, Any] = {}
    for cell in master.cells:
        if cell.kind == "":
            exec(compile(with_solution(cell.source), "<master>", "exec"), names)
        elif cell.kind == "checked":
            body = ast.parse(cell.source).body
            last = body.pop()
            assert isinstance(last, ast.Expr)
            own = dict(names)  # what a checked cell defines does not reach the others
            exec(compile(ast.Module(body, []), "<checked>", "exec"), own)
            values = eval(compile(ast.Expression(last.value), "<checked>", "eval"), own)
            found |= {f"{cell.part}/{key}": value.detach().contiguous().clone() for key, value in values.items()}
    return found
