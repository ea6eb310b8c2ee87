"""What every chapter of the book calls: the opening line, the library's own source, and the table of results.

>>> budget = start(minutes=1)
>>> show_source(FVSBN.logits)
>>> results_table("fvsbn-binarized-mnist")
"""

import ast
import importlib.util
import inspect
import io
import json
import os
import re
import subprocess
import sys
import textwrap
import tokenize
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import matplotlib
import torch

from lecturelib import __version__, checks, recipes
from lecturelib.paths import results_dir
from lecturelib.recipes import wording
from lecturelib.training import devices

COLUMNS = 79  # of code, the width of a page


class Markdown:
    """Text that a notebook and the book render as Markdown, and everything else shows as it is."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


def start(*, minutes: float, gpu_minutes: float | None = None, threads: int = 1) -> str:
    """Print device, budget, minutes to expect, versions and seed, and return the budget for `recipes.run`.

    The budget is "gpu" where there is one, else "cpu"; the environment's LECTURELIB_BUDGET overrides, and
    LECTURELIB_DEVICE (cpu, cuda or mps) the device, on which `training.fit` trains, too.

    Args:
        minutes: what the chapter takes on two CPU cores.
        gpu_minutes: what it takes on a GPU, once somebody has measured it.
        threads: for torch on a CPU. Small models gain nothing from a second thread, and lose much where another
            program uses the core.

    Raises:
        ValueError: LECTURELIB_BUDGET is no budget, or LECTURELIB_DEVICE names a device that is not there.

    """
    gpu = devices.chosen_device().type != "cpu"
    budget = os.environ.get("LECTURELIB_BUDGET") or ("gpu" if gpu else "cpu")
    checks.one_of("LECTURELIB_BUDGET", budget, recipes.BUDGETS)
    torch.set_num_threads(threads)
    _draw_vectors()
    times = f"about {minutes:g} min on two CPU cores"
    if gpu:
        times += f", {gpu_minutes:g} min on a GPU" if gpu_minutes else "; not timed on a GPU yet"
    print(f"device: {devices.device_name()}; budget: {budget}; {times}")
    print(f"lecturelib {__version__}, torch {torch.__version__}; seed of torch: {torch.initial_seed()}")
    if not gpu:
        print("for a GPU on Colab: Runtime > Change runtime type > T4 GPU; then run again")
    return budget


def _draw_vectors() -> None:
    """Have notebooks show figures as SVG, the same on every run; the site draws these in the page's colours."""
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", metadata={"Date": None}, dpi=144)  # the dpi of pictures in a figure
        matplotlib.rcParams["svg.hashsalt"] = "figure"


def show_source(*objects: Callable[..., Any]) -> Markdown:
    """Return the source of installed functions or classes without docstrings and argument checks.

    It is read from the library, so that the page cannot differ from it, and wrapped to the width of a page where ruff
    is installed. A check is a statement that calls a function of `checks`, or one whose name begins with "check", or
    an `if` that only raises.
    """
    return Markdown("```python\n" + "\n".join(_wrapped(_readable(thing)) for thing in objects) + "```")


def _wrapped(source: str) -> str:
    """Return the source in lines of at most 79 characters, as ruff breaks them; as it is where ruff is absent."""
    if importlib.util.find_spec("ruff") is None:
        return source
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", str(COLUMNS), "-"]
    done = subprocess.run(command, input=_comments_above(source), capture_output=True, text=True, check=True)
    return done.stdout


def _comments_above(source: str) -> str:
    """Move a comment that makes its line too long above it, and break one that is longer than a line itself."""
    lines = source.splitlines()
    for token in list(tokenize.generate_tokens(io.StringIO(source).readline)):
        row, column = token.start
        if token.type == tokenize.COMMENT and len(line := lines[row - 1]) > COLUMNS:
            indent = " " * (len(line) - len(line.lstrip()))
            text = textwrap.wrap(token.string[1:].strip(), COLUMNS - 2 - len(indent))
            code = line[:column].rstrip()
            lines[row - 1] = "\n".join([*(f"{indent}# {part}" for part in text), *([code] if code else [])])
    return "\n".join(lines) + "\n"


def _readable(thing: Callable[..., Any]) -> str:
    source = textwrap.dedent(inspect.getsource(thing))
    lines = source.splitlines()
    drop: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            text = node.body[0]
            drop |= set(range(text.lineno - 1, text.end_lineno or text.lineno))
            if node.body[1:] and not lines[text.end_lineno or 0].strip():
                drop.add(text.end_lineno or 0)
        elif _is_dropped(node):
            assert isinstance(node, ast.stmt)
            drop |= set(range(node.lineno - 1, node.end_lineno or node.lineno))
    return "\n".join(line for k, line in enumerate(lines) if k not in drop) + "\n"


def _is_dropped(node: ast.AST) -> bool:
    """Whether `node` checks an argument and does nothing else: a call, an `if` that raises, a loop over such."""
    if isinstance(node, ast.Expr):
        return _is_check(node.value)
    if isinstance(node, ast.If | ast.For):
        return all(isinstance(part, ast.Raise) or _is_dropped(part) for part in node.body + node.orelse)
    return False


def _is_check(node: ast.expr) -> bool:
    """Whether `node` is a call such as `checks.matrix(...)`, `pixels.check_images(...)` or `_check(...)`."""
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    return called.startswith("checks.") or called.split(".")[-1].lstrip("_").startswith("check")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Markdown:
    """Return a table of strings. Cells are plain text: a pipe is a pipe, and < is no tag; a cell *as a whole* is not.

    Raises:
        TypeError: a cell is not a string.
        ValueError: a row is not as long as the header.

    """
    if isinstance(rows, str) or not isinstance(rows, Iterable):
        raise TypeError(f"rows: expected lists of strings, got {rows!r:.60} ({type(rows).__name__})")
    head, body = _cells("header", header), [_cells("rows", row) for row in rows]
    for row in body:
        if len(row) != len(head):
            raise ValueError(f"rows: expected {len(head)} cells, as many as in the header, got {len(row)}: {row}")
    lines = [head, ["---"] * len(head), *body]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _cells(name: str, row: object) -> list[str]:
    """Return a row's cells as Markdown, or raise TypeError unless they are strings."""
    if isinstance(row, str | set | frozenset | dict) or not isinstance(row, Iterable):
        raise TypeError(f"{name}: expected a list of strings, got {row!r:.60} ({type(row).__name__})")
    cells = list(row)
    for cell in cells:
        if not isinstance(cell, str):
            raise TypeError(f"{name}: expected strings, got {cell!r:.60} ({type(cell).__name__})")
    return [_plain(cell) for cell in cells]


def _plain(cell: str) -> str:
    r"""Escape what Markdown reads as a column's end, a tag, mathematics, code, a link or emphasis of a part."""
    cell = re.sub(r"&(?=#?\w+;)", "&amp;", cell)
    for mark in "\\`\n\r" if re.fullmatch(r"(\*{1,3})[^*]+\1", cell) else "\\`\n\r*":
        cell = cell.replace(mark, f"&#{ord(mark)};")
    cell = re.sub(r"(?<!\w)_|_(?!\w)", "&#95;", cell).replace("](", "&#93;(").replace("~~", "&#126;~")
    return cell.replace("<", "&lt;").replace(">", "&gt;").replace("|", r"\|").replace("$", r"\$")


def results_table(*names: str) -> Markdown:
    """Return a table of recipes, our mean and spread beside the published numbers, and below it command and cost.

    Where the published system was another one, a sentence on the difference follows.
    A recipe that was run at several budgets has a row for each, named after it.

    Raises:
        ValueError: a recipe is unknown or has not been run.

    """
    lines = ["| model and data | ours, test | published | parameters |", "| --- | --- | --- | --- |"]
    commands = []
    for name in names:
        content = recipes.results(name)
        published = wording.published(content)
        for budget, entry in content["budgets"].items():
            title = content["title"] + (f", {budget} budget" if len(content["budgets"]) > 1 else "")
            some = entry["settings"]["examples"]
            unit = "perplexity" if "perplexity" in content["metric"] else content["unit"]
            unit += f", {some:,} examples" if some else ""
            lines.append(f"| {title} | {wording.value(entry)} {unit} | {published or '—'} | {entry['parameters']:,} |")
            commands.append(
                f"- {title}: `{entry['command']}`, {wording.seeds(entry)}, {wording.cpu_time(entry)} each"
                f" ({entry['hardware']})"
            )
    differences = [f"- {line}" for line in wording.differences(map(recipes.results, names))]
    return Markdown("\n".join([*lines, "", *commands, *differences]))


def benchmark_table(name: str, only: str = "") -> Markdown:
    """Return a table of one benchmark: ours beside what people would use instead, measured in one run.

    Args:
        name: of the benchmark.
        only: rows whose description has this in it.

    Raises:
        ValueError: the benchmark has not been run, or no row has `only` in it.

    """
    path = results_dir() / "benchmarks" / f"{name}.json"
    if not path.exists():
        raise ValueError(f"benchmark: expected {path.name}, got no such file; run `make bench`")
    content = json.loads(path.read_text(encoding="utf-8"))
    lines = ["| work | ours | instead | theirs | ratio | target |", "| --- | --- | --- | --- | --- | --- |"]
    rows = [row for row in content["rows"] if only in row["work"]]
    if not rows:
        raise ValueError(f"only: expected a part of a row's description in {path.name}, got {only!r}")
    for row in rows:
        ratio = f"{row['ratio']:.{2 if row['ratio'] < 2 else 1}f}"  # near 1, and near a target, the second digit counts
        lines.append(
            f"| {row['work']} | {row['ours']:.3g} {row['unit']} | {row['other']} | {row['theirs']:.3g} {row['unit']} "
            f"| {ratio} | {row['target']} |"
        )
    return Markdown("\n".join([*lines, "", f"{content['hardware']}; torch {content['torch']}."]))
