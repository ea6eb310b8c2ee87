"""The arrow `model -> recipe -> results -> chapter`: who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "lecturelib"
TOPICS = ("autoregressive", "recurrent", "words", "pretext", "contrastive", "augment", "backbones")
HELPERS = {
    "checks",
    "modes",
    "progress",
    "sampling",
    "augment",
    "backbones",
}  # what a file on a paper may import besides torch
# What stands further along the arrow, and is imported by none of these.
LATER = {"experiments", "chapter", "figures", "explorers", "demos", "homework", "notebooks", "editions"}
BEFORE_RECIPES = ("checks", "paths", "atomic", "progress", "datasets", "training", "probing")


def imported(path: Path) -> set[str]:
    """Return the parts of lecturelib that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("lecturelib.")}
    return found


def files(part: str) -> list[Path]:
    return sorted((ROOT / part).rglob("*.py")) or [ROOT / f"{part}.py"]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_imports_torch_and_helpers_alone(topic):
    """It can be read alone, beside its paper: no data, no training, no recipes, no other topic."""
    wrong = {
        f"{path.relative_to(ROOT)} imports {sorted(more)}"
        for path in files(topic)
        if (more := imported(path) - HELPERS - {topic})
    }
    assert wrong == set()


@pytest.mark.parametrize("part", BEFORE_RECIPES)
def test_data_and_training_know_no_recipes(part):
    assert not [path for path in files(part) if imported(path) & ({"recipes"} | LATER)]


def test_recipes_know_no_experiments_and_no_pages():
    assert not [path for path in files("recipes") if imported(path) & LATER]


def test_experiments_know_no_pages():
    assert not [path for path in files("experiments") if imported(path) & (LATER - {"experiments"})]


def test_the_test_sees_imports(tmp_path):
    path = tmp_path / "some.py"
    path.write_text("def f():\n    from lecturelib.recipes import run\n    import lecturelib.training as t\n")
    assert imported(path) == {"recipes", "training"}
