"""Every assignment: the solution has all points, the stub none, each planted mistake loses those of its test alone."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
import torch
from needs_sandbox import needs_sandbox
from safetensors.torch import save

from lecturelib import notebooks, paths
from lecturelib.__main__ import main
from lecturelib.homework import assignments, build, verify
from lecturelib.homework import master as masters
from lecturelib.homework.assignments import Assignment

ROOT = Path(__file__).resolve().parents[2]
EVERY = assignments.every()
each = pytest.mark.parametrize("assignment", EVERY, ids=lambda a: a.name)


def test_the_template_is_there_and_every_other_assignment_has_the_next_number():
    assert [a.number for a in EVERY] == list(range(len(EVERY)))
    assert len(EVERY) >= 10


@needs_sandbox
@pytest.mark.slow
@each
def test_assignment_is_right_as_a_whole(assignment: Assignment):
    assert verify.problems(assignment) == []


@each
def test_student_notebook_holds_no_solution(assignment: Assignment):
    master = masters.read((assignment.folder / "master.py").read_text(encoding="utf-8"))
    notebook = nbformat.read(assignment.folder / "student.ipynb", as_version=4)
    nbformat.validate(notebook)
    text = "\n".join(cell.source for cell in notebook.cells)
    solutions = masters.solutions(master)
    assert len(solutions) == text.count("raise NotImplementedError") > 0
    lines = {line.strip() for solution in solutions for line in solution.splitlines() if len(line.strip()) > 11}
    assert len(lines) >= 1
    assert [line for line in lines if line in text] == []
    assert "SOLUTION" not in text
    assert "Rubric" not in text
    assert not [cell for cell in notebook.cells if cell.get("outputs")]


@each
def test_solution_has_the_rubrics(assignment: Assignment):
    master = masters.read((assignment.folder / "master.py").read_text(encoding="utf-8"))
    text = "\n".join(cell.source for cell in masters.notebook(master, solved=True).cells)
    rubrics = [cell for cell in master.cells if cell.kind == "[markdown] rubric"]
    assert rubrics
    assert all(cell.source in text for cell in rubrics)
    assert "NotImplementedError" not in text


def test_values_that_differ_by_more_than_the_machine_are_out_of_date(tmp_path: Path):
    path, x = tmp_path / "checked.safetensors", torch.tensor([1.0, 1000.0])
    path.write_bytes(save({"x": x, "k": torch.tensor([3])}))
    assert build.is_current(path, save({"x": x * (1 + 1e-6), "k": torch.tensor([3])}))
    for other in ({"x": x * 1.001}, {"x": x.double()}, {"y": x.clone()}, {"k": torch.tensor([4])}):
        assert not build.is_current(path, save({"x": x, "k": torch.tensor([3])} | other))
    assert not build.is_current(tmp_path / "none.safetensors", save({"x": x}))
    (tmp_path / "student.ipynb").write_bytes(b"{}")
    assert not build.is_current(tmp_path / "student.ipynb", b"{ }")


def test_every_page_has_a_picture_and_says_in_words_what_it_shows():
    for assignment in EVERY[1:]:
        found = masters.picture(masters.read((assignment.folder / "master.py").read_text(encoding="utf-8")))
        assert found is not None
        page = (build.BOOK / f"{assignment.name}.md").read_text(encoding="utf-8")
        assert f"```{{figure}} {assignment.name}.svg\n:alt: {found[0]}\n" in page
        assert (build.BOOK / f"{assignment.name}.svg").is_file()


def test_a_picture_is_drawn_again_where_its_code_has_changed(tmp_path: Path):
    path, source = tmp_path / "1_a.svg", "from lecturelib import figures\n\nfigures.raster_order(2, 2, {})"
    drawn = build.drawn(path, source.format(1))
    assert b"</svg>" in drawn
    path.write_bytes(stored := drawn.replace(b"</svg>", b"<g/></svg>"))  # as another matplotlib draws it
    assert build.drawn(path, source.format(1)) == stored
    assert build.drawn(path, source.format(2)) not in (drawn, stored)
    for pictures in ("# %% picture\n1", "# %% picture\n# One.\n1\n# %% picture\n# Two.\n2"):
        with pytest.raises(ValueError, match="expected one picture, with a comment above its code"):
            masters.picture(masters.read(f'# %% about\n# title = ""\n# minutes = 1\n# chapters = []\n{pictures}'))


@pytest.mark.slow
@pytest.mark.parametrize("assignment", EVERY[1:], ids=lambda a: a.name)
def test_solution_runs_with_its_experiments(assignment: Assignment, tmp_path: Path):
    master = masters.read((assignment.folder / "master.py").read_text(encoding="utf-8"))
    path = tmp_path / "solution.ipynb"
    notebooks.write(masters.notebook(master, solved=True), path)
    notebooks.execute(path, timeout=3000)
    texts = [str(output) for cell in notebooks.read(path).cells for output in cell.get("outputs", [])]
    assert len([text for text in texts if "points in the public tests" in text]) == len(assignment.parts)
    assert not [text for text in texts if "✗" in text]


@each
def test_nothing_is_wrong_that_can_be_read(assignment: Assignment):
    assert verify.static_problems(assignment) == []


def test_solutions_stay_out_of_the_site():
    assert str(build.SOLUTIONS.relative_to(ROOT)).startswith("_build")


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the template, contents and nothing else."""
    shutil.copytree(ROOT / "assignments" / "0_template", tmp_path / "assignments" / "0_template")
    shutil.copy(ROOT / "_toc.yml", tmp_path)
    monkeypatch.setattr(paths, "assignments_dir", lambda: tmp_path / "assignments")
    monkeypatch.setattr(build, "BOOK", tmp_path / "book" / "assignments")
    monkeypatch.setattr(build, "SOLUTIONS", tmp_path / "solutions")
    return tmp_path


@pytest.mark.slow
def test_new_writes_an_assignment_that_is_right_but_for_its_content(book: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["homework", "new", "7_moons"]) == 0
    assert "homework build 7_moons" in capsys.readouterr().out
    made = assignments.get("7")
    assert made.parts == assignments.parts_in(made.hidden) == ["7a"]
    assert "book/assignments/7_moons" in (book / "_toc.yml").read_text()
    assert [line[:36] for line in verify.static_problems(made)] == [
        "student.ipynb: expected what the mas",
        "checked.safetensors: expected what t",
        "7_moons.md: expected what the master",
    ]
    assert main(["homework", "build", "7"]) == 0
    assert verify.static_problems(made) == []
    student = (made.folder / "student.ipynb").read_text()
    assert 'check(\\"7a\\")' in student
    assert "0a" not in (book / "book" / "assignments" / "7_moons.md").read_text()
    shutil.copy(ROOT / "_toc.yml", book)
    assert verify.static_problems(made) == ["_toc.yml: expected a line '- file: book/assignments/7_moons', got none"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("moons", "name: expected a number from 1 and a word, such as 7_moons, got 'moons'"),
        ("0_moons", "name: expected a number from 1"),
        ("7-moons", "name: expected a number from 1"),
        ("7_moons", "name: expected a number of its own, got '7_moons' beside 7_suns"),
    ],
)
def test_new_refuses_a_name(name: str, message: str, book: Path, capsys: pytest.CaptureFixture[str]):
    (book / "assignments" / "7_suns").mkdir()
    assert main(["homework", "new", name]) == 1
    assert message in capsys.readouterr().err
    assert sorted(p.name for p in (book / "assignments").iterdir()) == ["0_template", "7_suns"]


def test_a_template_that_was_copied_but_not_renamed_is_refused(tmp_path: Path):
    shutil.copytree(assignments.get("0").folder, tmp_path / "7_moons")
    moons = Assignment(tmp_path / "7_moons")
    expected = "public/test_0a.py: expected parts of assignment 7, as its folder is called 7_moons, got 0a"
    assert verify.problems(moons, unsafe=True) == verify.static_problems(moons) == [expected]

    (moons.public / "test_0a.py").rename(moons.public / "test_7a.py")
    assert verify.static_problems(moons) == [
        "hidden: expected tests of 7a, as in public, got 0a",
        "master.py: expected one cell '# %% check PART' for each of 7a, which public has tests of, got 0a",
        "master.py: expected parts 7a, got the checked 0a",
        "master.py: expected parts 7a, got the heading 0a",
    ]
    (moons.hidden / "test_0a.py").rename(moons.hidden / "test_7a.py")
    assert all(line.startswith("master.py: ") for line in verify.problems(moons, unsafe=True))


def test_a_derivation_is_in_its_chapter_which_names_the_part(book: Path):
    made = Assignment(shutil.copytree(assignments.get("0").folder, book / "assignments" / "0_copy"))
    (made.public / "derivations.toml").write_text('0a = ["words/counts: why a mean"]', encoding="utf-8")
    assert made.derivations("0a") == [("words/counts", "why a mean")]
    assert made.derivations("0b") == []
    expected = [
        "derivations.toml: expected 'why a mean' in book/words/counts.ipynb, got no such derivation",
        "book/words/counts.ipynb: expected 0a to be named below 'why a mean', got no such sentence",
    ]
    assert list(verify.derivation_problems(made)) == expected[:1]
    (book / "book" / "words").mkdir(parents=True)
    box = ["```{admonition} Derivation: why a mean\n", "0a\n", "```\n"]
    for text, problems in ((box, expected[1:]), ([*box, "Part 0a of the template."], [])):
        chapter = json.dumps({"cells": [{"source": text}]})
        (book / "book" / "words" / "counts.ipynb").write_text(chapter, encoding="utf-8")
        assert list(verify.derivation_problems(made)) == problems
