"""Check an assignment as a whole: what its tests accept and catch, and whether its files belong together."""

import ast
import json
import re
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from lecturelib import paths
from lecturelib.homework import build, grade, plugin
from lecturelib.homework import master as masters
from lecturelib.homework.assignments import Assignment, parts_in
from lecturelib.homework.sandbox.process import Limits

HEADING = re.compile(r"^## (\d+[a-z])\b", re.MULTILINE)
PATIENT = Limits(cell_seconds=60, call_seconds=30, total_seconds=540)  # three times what students get


def problems(assignment: Assignment, *, limits: Limits | None = None, unsafe: bool = False) -> list[str]:
    """Name everything that is wrong with an assignment, one line each.

    The solution and the alternative must have all points, the student's notebook none; each planted mistake must lose
    the points of its test and no other; each hidden test must have a mistake.

    Raises:
        ValueError: a file of the assignment is not in its format.
        RuntimeError: there is no sandbox, or a test file is broken.

    """
    master = masters.read((assignment.folder / "master.py").read_text(encoding="utf-8"))
    found = static_problems(assignment)
    if _unmatched(assignment, master):
        return found  # its tests would not be about its parts
    mistakes = _mistakes(assignment)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "submissions"
        folder.mkdir()
        solution = nbformat.writes(masters.notebook(master, solved=True))
        (folder / "solution.ipynb").write_text(solution, encoding="utf-8")
        stub = nbformat.writes(masters.notebook(master, solved=False))
        (folder / "stub.ipynb").write_text(stub, encoding="utf-8")
        alternative = (assignment.folder / "alternative.py").read_text(encoding="utf-8")
        _notebook(folder / "alternative.ipynb", [alternative])
        solved = [masters.with_solution(cell.source) for cell in master.cells if cell.kind == ""]
        rounds = rounds_of(mistakes)
        for number, planted in enumerate(rounds):
            sources = solved
            for mistake in planted.values():
                count = sum(source.count(mistake["old"]) for source in solved)
                if count != 1:
                    found.append(
                        f"mistakes.toml: {mistake['old']!r}: expected it once in the solution, got it {count} times"
                    )
                sources = [source.replace(mistake["old"], mistake["new"]) for source in sources]
            _notebook(folder / f"mistakes-{number}.ipynb", sources)
        job = grade.Job(assignment, Path(name) / "out", b"for checking only", limits or PATIENT, unsafe=unsafe)
        reports = {report["submission"]: report for report in grade.grade(folder, job)}
    found += scores(reports, rounds)
    return found


def static_problems(assignment: Assignment) -> list[str]:
    """Name what can be found without grading, such as parts that differ, stale files, and solutions given away.

    Raises:
        ValueError: a file of the assignment is not in its format.
        RuntimeError: a test file is broken.

    """
    master = masters.read((assignment.folder / "master.py").read_text(encoding="utf-8"))
    if found := _unmatched(assignment, master):
        return found
    found = [*_stale(assignment), *_leaks(assignment, master), *_worth(assignment), *_contents(assignment)]
    return [*found, *_undrawn(assignment), *derivation_problems(assignment)]


def _unmatched(assignment: Assignment, master: masters.Master) -> list[str]:
    """Name the parts that do not belong to this folder, or that the master and the tests do not agree on."""
    found, parts = [], assignment.parts
    if not parts:
        return ["public: expected tests of a part, such as test_1a.py, got none"]
    foreign = [part for part in parts if part[:-1] != str(assignment.number)]
    if foreign:
        found.append(
            f"public/test_{foreign[0]}.py: expected parts of assignment {assignment.number}, as its folder is called"
            f" {assignment.name}, got {', '.join(foreign)}"
        )
    if (hidden := parts_in(assignment.hidden)) != parts:
        found.append(f"hidden: expected tests of {', '.join(parts)}, as in public, got {', '.join(hidden) or 'none'}")
    checks = sorted(cell.part for cell in master.cells if cell.kind == "check")
    if checks != parts:
        found.append(
            f"master.py: expected one cell '# %% check PART' for each of {', '.join(parts)}, which public has tests of,"
            f" got {', '.join(checks) or 'none'}"
        )
    headings = [part for cell in master.cells for part in HEADING.findall(cell.source) if cell.kind == "[markdown]"]
    named = {"checked": [cell.part for cell in master.cells if cell.kind == "checked"], "heading": headings}
    for kind, names in named.items():
        found += [f"master.py: expected parts {', '.join(parts)}, got the {kind} {p}" for p in names if p not in parts]
    return found


def _contents(assignment: Assignment) -> Iterator[str]:
    """An assignment of the book has its page in the book's contents."""
    contents = paths.assignments_dir().parent / "_toc.yml"
    if assignment.number and assignment.folder.parent == paths.assignments_dir() and contents.is_file():
        page = f"book/assignments/{assignment.name}"
        if page not in contents.read_text(encoding="utf-8"):
            yield f"_toc.yml: expected a line '- file: {page}', got none"


def derivation_problems(assignment: Assignment) -> Iterator[str]:
    """Each derivation that a part names is in its chapter, and the chapter names the part."""
    for part in assignment.parts:
        for chapter, title in assignment.derivations(part):
            path = paths.assignments_dir().parent / "book" / f"{chapter}.ipynb"
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path.is_file() else []
            texts = ("".join(cell["source"]) for cell in cells)
            found = [text.split(f"Derivation: {title}\n")[1] for text in texts if f"Derivation: {title}\n" in text]
            if not found:
                yield f"derivations.toml: expected {title!r} in book/{chapter}.ipynb, got no such derivation"
            elif part not in found[0].partition("\n```")[2]:
                yield f"book/{chapter}.ipynb: expected {part} to be named below {title!r}, got no such sentence"


def _notebook(path: Path, sources: list[str]) -> None:
    path.write_text(nbformat.writes(new_notebook(cells=[new_code_cell(s) for s in sources])), encoding="utf-8")


def _mistakes(assignment: Assignment) -> list[dict[str, str]]:
    content = tomllib.loads((assignment.folder / "mistakes.toml").read_text(encoding="utf-8"))
    mistakes: list[dict[str, str]] = content.get("mistake", [])
    for mistake in mistakes:
        if set(mistake) != {"test", "old", "new"}:
            raise ValueError(f"mistakes.toml: expected test, old and new in each mistake, got {sorted(mistake)}")
    return mistakes


def rounds_of(mistakes: list[dict[str, str]]) -> list[dict[str, dict[str, str]]]:
    """Return rounds of mistakes by part, one of each part: parts are graded for themselves, so one notebook has all."""
    rounds: list[dict[str, dict[str, str]]] = []
    for mistake in mistakes:
        part = mistake["test"].split()[0]
        free = next((planted for planted in rounds if part not in planted), None)
        if free is None:
            rounds.append(free := {})
        free[part] = mistake
    return rounds


def _stale(assignment: Assignment) -> Iterator[str]:
    for path, data in build.made(assignment).files.items():
        if not build.is_current(path, data):
            yield f"{path.name}: expected what the master gives; run `python -m lecturelib homework build`"


def _leaks(assignment: Assignment, master: masters.Master) -> Iterator[str]:
    """Look for lines of the solution in all that students get."""
    public = {
        p.name: p.read_text(encoding="utf-8") for p in assignment.public.iterdir() if p.suffix in (".py", ".toml")
    }
    made = {p.name: data.decode() for p, data in build.made(assignment).files.items() if p.suffix == ".md"}
    cells = [masters.code(cell, solved=False) for cell in master.cells if not cell.kind.startswith("[markdown]")]
    notebook = {"student.ipynb": "\n".join(cells)}
    for solution in masters.solutions(master):
        for line in solution.splitlines():
            text = line.strip()
            if len(text) < 12 or text.startswith("#"):
                continue
            for name, content in (public | made | notebook).items():
                if text in content:
                    yield f"{name}: expected no line of the solution, got {text!r}"


def _worth(assignment: Assignment) -> Iterator[str]:
    """The preview in the notebook promises as many points as the hidden tests give."""
    totals = []
    for folder in (assignment.public, assignment.hidden):
        tests = plugin.run(sorted(folder.glob("test_*.py")), None, assignment, only_list=True)
        total: dict[str, float] = {}
        for (part, _), points in tests.worth.items():
            total[part] = total.get(part, 0.0) + points
        totals.append(total)
    if totals[0] != totals[1]:
        yield f"points: expected the public tests of a part to be worth as much as its hidden ones, got {totals}"
    for part in assignment.parts:
        if not assignment.hints(part):
            yield f"hints.toml: expected hints for {part}, got none"
    for path in assignment.public.glob("*.py"):
        imports = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.ImportFrom)]
        for node in imports:
            module = node.module or ""
            if module.startswith("lecturelib") and module != "lecturelib.homework":
                yield f"{path.name}: expected no solution from the library, got an import of {module}"


def _undrawn(assignment: Assignment) -> Iterator[str]:
    """Each hidden test draws what it compares from the seed, or a table typed in beforehand would earn its points."""
    for path in sorted(assignment.hidden.glob("test_*.py")):
        functions = [n for n in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(n, ast.FunctionDef)]
        for test in (function for function in functions if function.name.startswith("test_")):
            if not any(isinstance(n, ast.Name) and n.id == "generator" for n in ast.walk(test)):
                yield f"hidden/{path.name}: expected {test.name} to draw from `generator`, got none in it"


def scores(reports: dict[str, dict[str, Any]], rounds: list[dict[str, dict[str, str]]]) -> Iterator[str]:
    """Name what the reports of solution, alternative, stub and mistakes should not say."""
    for name in ("solution", "alternative"):
        report = reports[f"{name}.ipynb"]
        lost = {_title(row): row["message"] for row in report["tests"] if row["points"] < row["of"]}
        if lost or report["cells"]:
            yield f"{name}: expected {report['of']:g} points, got {report['points']:g}: {lost} {report['cells']}"
    stub = reports["stub.ipynb"]
    if stub["points"]:
        passed = [_title(row) for row in stub["tests"] if row["points"]]
        yield f"stub: expected 0 points, got {stub['points']:g}: {passed}"
    caught = {mistake["test"] for planted in rounds for mistake in planted.values()}
    for title in (_title(row) for row in stub["tests"]):
        if title not in caught:
            yield f"mistakes.toml: expected a mistake for the hidden test {title!r}, got none"
    for number, planted in enumerate(rounds):
        rows = [row for row in reports[f"mistakes-{number}.ipynb"]["tests"] if row["points"] < row["of"]]
        for part, mistake in planted.items():
            lost = {_title(row): row["message"] for row in rows if row["part"] == part}
            if set(lost) != {mistake["test"]}:
                yield f"mistake {mistake['new']!r}: expected to lose {mistake['test']!r} alone, got {lost}"
        others = {_title(row): row["message"] for row in rows if row["part"] not in planted}
        if others:
            yield f"mistakes of {', '.join(planted)}: expected no other part to lose points, got {others}"


def _title(row: dict[str, Any]) -> str:
    return f"{row['part']} {row['name']}"
