"""Look at a class: the points of all, the hardest tests, what is alike. And hand an assignment out."""

import ast
import contextlib
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from statistics import mean, median

from lecturelib.atomic import atomic_write
from lecturelib.homework import cells, final
from lecturelib.homework import master as masters
from lecturelib.homework.assignments import Assignment

README = """{name}

Open {name}.ipynb on Colab (https://colab.research.google.com, File, Upload notebook), or in Jupyter or VS Code. Its
first cell installs what is missing. check(...) tells what is right so far, hint(...) helps. Hand in the notebook,
under any name, with the ending .ipynb.
"""
FEWEST = 100  # characters of a submission's own statements, below which nothing is compared


def hand_out(assignment: Assignment, path: Path) -> list[str]:
    """Write a zip for a learning management system: the student's notebook and how to begin; return its files.

    Raises:
        ValueError: the notebook has not been built.

    """
    notebook = assignment.folder / "student.ipynb"
    if not notebook.is_file():
        raise ValueError(f"assignment: expected {notebook}, got none; run `homework build {assignment.number}`")
    texts = {f"{assignment.name}.ipynb": notebook.read_text(encoding="utf-8"), "README.txt": README}
    with atomic_write(path) as aside, zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(
                f"{assignment.name}/{name}", text.format(name=assignment.name) if "README" in name else text
            )
    return list(texts)


def statistics(out: Path) -> list[str]:
    """Return lines about the class: points, a histogram, each test, the commonest messages.

    Raises:
        ValueError: there are no reports.

    """
    reports = list(final.read_all(out).values())
    points, of = [content["points"] for content in reports], reports[0]["of"]
    lines = [f"{len(points)} submissions; of {of:g} points mean {mean(points):.1f}, median {median(points):g}"]
    tenths = Counter(min(int(10 * p / of), 9) if of else 0 for p in points)
    for tenth in range(10):
        lines.append(f"{10 * tenth:3d} to {10 * tenth + 10:3d}%  {'#' * tenths[tenth]}")
    tests: dict[str, list[bool]] = {}
    messages: Counter[tuple[str, str]] = Counter()
    for row in (row for content in reports for row in content["tests"] if not row.get("hand")):
        name = f"{row['part']} {row['name']}"
        tests.setdefault(name, []).append(row["points"] == row["of"])
        if row["message"]:
            messages[name, row["message"].split(";")[0].split(" at index")[0][:80]] += 1
    lines.append("share that passed, the hardest first:")
    hardest = sorted(tests.items(), key=lambda item: sum(item[1]) / len(item[1]))
    lines += [f"{100 * sum(passed) / len(passed):3.0f}%  {name}" for name, passed in hardest]
    common = [f"{count} times  {name}: {text}" for (name, text), count in messages.most_common(5) if count > 1]
    return [*lines, *(["commonest messages:", *common] if common else [])]


def alike(folder: Path, assignment: Assignment, *, least: float = 0.7) -> list[tuple[float, str, str]]:
    """Return pairs of submissions whose code is alike, the most alike first: a list to look at, no verdict.

    Compared are the statements within functions. Names, comments, texts and order do not count; nor do statements that
    were handed out, or that a third of the class has.

    Args:
        folder: of the submissions.
        assignment: what was handed out.
        least: share of statements in common from which on a pair is named.

    """
    master = masters.read((assignment.folder / "master.py").read_text(encoding="utf-8"))
    given = {s for cell in master.cells if cell.kind == "" for s in _statements(masters.without_solution(cell.source))}
    found: dict[str, Counter[str]] = {}
    for path in sorted(folder.glob("*.ipynb")):
        with contextlib.suppress(ValueError):
            sources = cells.read_apart(cells.read_bytes(path), path.name)
            found[path.name] = Counter(s for _, source in sources for s in _statements(source) if s not in given)
    users = Counter(statement for own in found.values() for statement in own)
    usual = {statement for statement, count in users.items() if count > max(len(found) / 3, 2)}
    own = {name: Counter({s: n for s, n in counts.items() if s not in usual}) for name, counts in found.items()}
    pairs = [(_share(own[one], own[other]), one, other) for one, other in combinations(own, 2)]
    return sorted((pair for pair in pairs if pair[0] >= least), reverse=True)


def _share(one: Counter[str], other: Counter[str]) -> float:
    """Of all statements, longer ones counting more, the share that both have; 0 where there are few."""
    both = sum(len(s) * n for s, n in (one & other).items())
    either = sum(len(s) * n for s, n in (one | other).items())
    return both / either if either >= FEWEST else 0.0


def _statements(source: str) -> Iterator[str]:
    """Give the statements within functions, with names replaced by their order in the statement."""
    try:
        tree = ast.parse(cells.plain(source)) if source.strip() else ast.Module([], [])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in {id(n): n for f in functions for n in ast.walk(f) if isinstance(n, ast.stmt)}.values():
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        names: dict[str, str] = {}
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                part.id = names.setdefault(part.id, f"v{len(names)}")
            elif isinstance(part, ast.arg):
                part.arg = names.setdefault(part.arg, f"v{len(names)}")
        if not hasattr(node, "body"):  # of loops and conditions, what stands in them is a statement of its own
            yield ast.unparse(node)
