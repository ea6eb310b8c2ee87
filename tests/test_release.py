"""A release: one command gives its version to all files, or changes none."""

import importlib.util
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from lecturelib.install import requirement

ROOT = Path(__file__).resolve().parents[1]
COPIED = (
    "lecturelib/__init__.py",
    "CHANGELOG.md",
    "CITATION.cff",
    "book/sequences/fvsbn.ipynb",
    "assignments/1_densities/student.ipynb",
)


def script() -> Any:
    """Import the script."""
    spec = importlib.util.spec_from_file_location("release", ROOT / "scripts/release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


release = script()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in COPIED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def read_all(tree: Path) -> dict[str, str]:
    return {str(path.relative_to(tree)): path.read_text() for path in tree.rglob("*") if path.is_file()}


def test_a_release_and_what_is_under_way_after_it(tree: Path):
    before = read_all(tree)
    assert release.main(["1.0.0", "--date", "2027-01-31"], tree) == 0
    after = read_all(tree)
    assert after.keys() == before.keys()
    assert '__version__ = "1.0.0"' in after["lecturelib/__init__.py"]
    assert "## Unreleased\n\n## 1.0.0, 2027-01-31\n\n- " in after["CHANGELOG.md"]
    assert "\nversion: 1.0.0\ndate-released: 2027-01-31\n" in after["CITATION.cff"]
    assert r"\"lecturelib==1.0.0\"" in after["book/sequences/fvsbn.ipynb"]
    assert r"\"lecturelib[homework]==1.0.0\"" in after["assignments/1_densities/student.ipynb"]
    assert release.main(["1.1.0.dev0"], tree) == 0
    # notebooks are again as they were, to the byte
    assert {k: v for k, v in read_all(tree).items() if k.endswith("ipynb")} == {
        k: v for k, v in before.items() if k.endswith("ipynb")
    }
    assert read_all(tree)["CITATION.cff"] == after["CITATION.cff"]


@pytest.mark.parametrize("version", ["0.1.0", "one", "0.2.0.dev0"])
def test_a_version_that_is_not_above_the_present_one_changes_nothing(version: str, tree: Path, capsys: Any):
    before = read_all(tree)
    assert release.main([version], tree) == 1
    assert re.match(r"error: (version: expected one above|Invalid version)", capsys.readouterr().err)
    assert read_all(tree) == before


def test_a_release_without_news_changes_nothing(tree: Path, capsys: Any):
    (tree / "CHANGELOG.md").write_text("# Changes\n\n## Unreleased\n\n## 0.1.0\n\n- All.\n")
    before = read_all(tree)
    assert release.main(["1.0.0"], tree) == 1
    assert "expected what is new under '## Unreleased', got nothing" in capsys.readouterr().err
    assert read_all(tree) == before


def test_a_notebook_installs_its_own_release_or_the_main_branch():
    assert requirement(version="1.2.0") == "lecturelib==1.2.0"
    assert requirement("homework", "1.2.0") == "lecturelib[homework]==1.2.0"
    assert requirement(version="1.3.0.dev0").startswith("lecturelib @ git+https://")
