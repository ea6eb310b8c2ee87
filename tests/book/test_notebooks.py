"""Every chapter keeps the rules of lecturelib.notebooks, and each rule catches a notebook that breaks it."""

import ast
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lecturelib import notebooks
from lecturelib.datasets import names
from lecturelib.notebooks.__main__ import main
from lecturelib.recipes import RECIPES

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "book").rglob("*.ipynb"))
IDS = [path.stem for path in CHAPTERS]
chapters = pytest.mark.parametrize("path", CHAPTERS, ids=IDS)


def test_there_are_chapters_and_all_are_in_the_contents():
    contents = (ROOT / "_toc.yml").read_text()
    assert CHAPTERS
    assert not [p for p in CHAPTERS if str(p.relative_to(ROOT).with_suffix("")) not in contents]


@chapters
def test_chapter_keeps_the_rules(path: Path):
    assert notebooks.chapter_problems(path) == []


@chapters
def test_chapter_names_known_data_sets(path: Path):
    assert set(notebooks.read(path).metadata["lecturelib"]["datasets"]) <= set(names())


def test_every_recipe_has_a_row_in_the_overview_and_on_a_page_of_results():
    for pages in ([ROOT / "book/results.ipynb"], sorted((ROOT / "book/results").glob("*.ipynb"))):
        cells = [cell.source for page in pages for cell in notebooks.code_cells(notebooks.read(page))]
        missing = [name for name in RECIPES if f'"{name}"' not in "\n".join(cells)]
        assert missing == [], f"name them in {', '.join(page.name for page in pages)}: {missing}"


def good() -> NotebookNode:
    """A small notebook that keeps every rule."""
    exact = new_code_cell("1 + 1", execution_count=1, outputs=[new_output("execute_result", {"text/plain": "2"})])
    exact.outputs[0].execution_count = 1
    figure = new_code_cell("draw()", execution_count=2, outputs=[new_output("display_data", {"image/png": "aGk="})])
    figure.metadata["mystnb"] = {"image": {"alt": "two lines"}}
    loss = new_code_cell("%time\nloss = 3\nassert loss < 4", execution_count=3)
    loss.metadata["tags"] = [notebooks.STATISTICAL]
    loss.outputs = [new_output("stream", name="stdout", text="loss 3, 12.5it/s\n")]
    notebook = new_notebook(cells=[new_markdown_cell("# A"), exact, figure, loss])
    notebook.metadata["lecturelib"] = {"datasets": [], "minutes": 1}
    notebooks.normalise(notebook)
    return notebook


def test_good_notebook_keeps_the_rules():
    assert notebooks.problems(good()) == []


def output(cell: int, *args: Any, **kwargs: Any) -> Any:
    return lambda nb: nb.cells[cell].outputs.append(new_output(*args, **kwargs))


def two_outputs_under_a_caption(notebook: NotebookNode) -> None:
    notebook.cells[2].metadata.mystnb.figure = {"caption": "A.", "name": "fig-a"}
    output(2, "display_data", {"text/markdown": "| a |"})(notebook)
    output(2, "display_data", {"text/markdown": "| b |"})(notebook)


BREAK = {
    "not executed": (lambda nb: nb.cells[1].update(execution_count=None), "execution_count 1"),
    "out of order": (lambda nb: nb.cells[2].update(execution_count=7), "execution_count 2"),
    "stored error": (output(1, "error", ename="ValueError", evalue="no", traceback=[]), "no stored error"),
    "stored stderr": (output(1, "stream", name="stderr", text="Warning"), "no stored stderr"),
    "widget view": (output(3, "display_data", {notebooks.WIDGET_VIEW: {"model_id": "1"}}), "no stored widget"),
    "widget state": (lambda nb: nb.metadata.update(widgets={notebooks.WIDGET_STATE: {}}), "no stored widget state"),
    "no assert": (lambda nb: nb.cells[3].update(source="loss = 3"), "assert as the last"),
    "no Python": (lambda nb: nb.cells[3].update(source="loss ="), "assert as the last"),
    "assert not last": (lambda nb: nb.cells[3].update(source="assert 1\nloss = 3"), "assert as the last"),
    "third kind": (lambda nb: nb.cells[1].metadata.update(tags=["nbval-skip"]), "no tag or mark"),
    "magic comment": (lambda nb: nb.cells[1].update(source="# NBVAL_IGNORE_OUTPUT\n1"), "no tag or mark"),
    "progress": (lambda nb: nb.cells[3].metadata.update(tags=[]), "no progress bar or clock"),
    "clock": (lambda nb: nb.cells[1].update(source="time.perf_counter()"), "no progress bar or clock"),
    "no alt text": (lambda nb: nb.cells[2].metadata.pop("mystnb"), "mystnb.image.alt"),
    "empty alt text": (lambda nb: nb.cells[2].metadata.mystnb.image.update(alt=" "), "mystnb.image.alt"),
    "two under a caption": (two_outputs_under_a_caption, "one output besides printed text"),
    "no data sets": (lambda nb: nb.metadata.lecturelib.pop("datasets"), "lecturelib.datasets"),
    "no minutes": (lambda nb: nb.metadata.lecturelib.pop("minutes"), "lecturelib.minutes"),
    "long": (lambda nb: nb.metadata.lecturelib.update(minutes=3), "lecturelib.minutes"),
    "path": (output(1, "stream", name="stdout", text="saved /home/ada/x.png"), "no absolute path"),
    "Windows path": (output(1, "display_data", {"text/plain": "C:\\Users\\ada"}), "no absolute path"),
    "kernel": (lambda nb: nb.metadata.kernelspec.update(name="my-env"), "kernelspec"),
    "same id twice": (lambda nb: nb.cells[1].update(id=nb.cells[2].id), "id of its own"),
    "no code": (lambda nb: nb.update(cells=nb.cells[:1]), "code cells"),
}


@pytest.mark.parametrize("case", BREAK)
def test_broken_rule_is_named(case: str):
    damage, expected = BREAK[case]
    notebook = good()
    damage(notebook)
    found = notebooks.problems(notebook)
    assert len(found) == 1, found
    assert expected in found[0]


def chapter() -> NotebookNode:
    """A small chapter that keeps every rule: `good` below the set-up and a citation."""
    first = new_code_cell(notebooks.SET_UP, execution_count=1)
    first.metadata["tags"] = [notebooks.STATISTICAL]
    notebook = good()
    for cell in notebooks.code_cells(notebook):
        cell.execution_count += 1
    notebook.cells.insert(1, first)
    notebook.cells[0].source += "\nSee {cite:t}`larochelle2011nade`."
    notebooks.normalise(notebook)
    return notebook


BREAK_CHAPTER = {
    "not normalised": (lambda nb: nb.cells[2].update(source="1 + 1  # two"), "expected ids of their sources"),
    "first cell without its tag": (lambda nb: nb.cells[1].metadata.pop("tags"), "code cell 1: expected the tag nbval"),
    "first cell of its own": (
        lambda nb: nb.cells[1].update(source="import lecturelib\nassert budget"),
        "the set-up of",
    ),
    "no citation": (lambda nb: nb.cells[0].update(source="# A"), "expected a citation"),
}


@pytest.mark.parametrize("case", BREAK_CHAPTER)
def test_broken_rule_for_chapters_is_named(case: str, tmp_path: Path):
    damage, expected = BREAK_CHAPTER[case]
    notebook = chapter()
    notebooks.write(notebook, tmp_path / "a.ipynb")
    assert notebooks.chapter_problems(tmp_path / "a.ipynb") == []
    damage(notebook)
    if case != "not normalised":
        notebooks.normalise(notebook)
    path = tmp_path / "words" / "a.ipynb"  # a part of the book
    path.parent.mkdir()
    notebooks.write(notebook, path)
    found = notebooks.chapter_problems(path)
    assert len(found) == 1, found
    assert expected in found[0]


def test_new_writes_a_chapter_that_lacks_only_its_content(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "words" / "two_moons.ipynb"
    path.parent.mkdir()
    assert main(["new", str(path)]) == 0
    assert "_toc.yml" in capsys.readouterr().out
    notebook = notebooks.read(path)
    assert notebook.cells[0].source.startswith("# Two moons\n")
    notebooks.code_cells(notebook)[0].execution_count = 1  # as if it had been run
    notebooks.write(notebook, path)
    assert [line.split(",")[0] for line in notebooks.chapter_problems(path)] == [
        "cells: expected a citation",
        "expected a picture or a demo before the box",
        "What to remember: expected five points",
        "expected five exercises or more",
        "questions: expected 5 to 8 cells with `quiz.ask`",
    ]
    before = path.read_bytes()
    assert main(["new", str(path)]) == 1
    assert "expected the path of a new .ipynb file" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_large_page_is_named():
    assert str(notebooks.MAX_BYTES + 1) in notebooks.problems(good(), notebooks.MAX_BYTES + 1)[0]


def test_normalise_removes_noise_and_is_idempotent():
    notebook, clean = good(), nbformat.writes(good())
    output(1, "stream", name="stderr", text="Warning")(notebook)
    output(3, "display_data", {notebooks.WIDGET_VIEW: {"model_id": "1"}, "text/plain": "bar"})(notebook)
    notebook.cells[3].outputs[:1] = [
        new_output("stream", name="stdout", text=text) for text in ("loss 3, ", "12.5it/s\n")
    ]
    notebook.cells[1].metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}
    notebook.cells[1].id = "0a1b2c3d"
    notebook.metadata["widgets"] = {}
    notebook.metadata.kernelspec.name = "my-env"
    notebook.metadata.language_info["version"] = "3.12.1"
    for _ in range(2):
        notebooks.normalise(notebook)
        assert nbformat.writes(notebook) == clean


@pytest.mark.slow
def test_execute_twice_gives_the_same_bytes_and_an_error_changes_nothing(tmp_path: Path):
    path = tmp_path / "chapter.ipynb"
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    notebook = new_notebook(cells=[new_code_cell("print(1)\nprint(2)\n{1: 2}"), new_code_cell(source)])
    notebook.metadata["lecturelib"] = {"datasets": [], "minutes": 1}
    notebooks.write(notebook, path)
    notebooks.execute(path)
    first = path.read_bytes()
    assert b"image/png" in first
    notebooks.execute(path)
    assert path.read_bytes() == first
    assert [p[:35] for p in notebooks.problems(notebooks.read(path))] == ["code cell 2: expected a description"]

    notebook = notebooks.read(path)
    notebook.cells[0].source = "1 / 0"
    notebooks.write(notebook, path)
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match=r"chapter\.ipynb: a cell failed"):
        notebooks.execute(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_command_checks_and_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "a.ipynb"
    notebooks.write(chapter(), path)
    assert main(["check", str(path)]) == 0
    assert main(["normalise", str(path)]) == 0
    path.write_text("{")
    assert main(["check", str(path)]) == 1
    assert "expected a Jupyter notebook" in capsys.readouterr().err


def test_magics_are_understood():
    tree = ast.parse(notebooks.python("%matplotlib inline\n!ls\nassert True"))
    assert isinstance(tree.body[-1], ast.Assert)
