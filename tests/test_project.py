"""The project as strangers meet it: its bounds, its conda file, and a wheel that trains offline in an empty venv."""

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path

import pytest
import yaml
from longest import LONGEST, rank, unit
from packaging.requirements import Requirement
from packaging.version import Version

import lecturelib

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
# What Colab has, of what lecturelib asks for: an install there must change none of it.
COLAB = {"torch": "2.11", "torchvision": "0.26", "numpy": "2.1", "matplotlib": "3.10", "ipywidgets": "7.7.1"}


def bound_problems(requirements: list[str]) -> list[str]:
    """Name each requirement with more than a lower bound; jupyter-book 2 is another program, hence its exception."""
    return [
        str(r)
        for r in map(Requirement, requirements)
        if r.name != "jupyter-book" and any(s.operator != ">=" for s in r.specifier)
    ]


def test_lower_bounds_only():
    everything = [*PROJECT["dependencies"], *(r for extra in EXTRAS.values() for r in extra)]
    assert len(everything) > 20
    assert bound_problems(everything) == []
    assert bound_problems(["torch==2.9", "numpy>=1.26,<2", "tqdm"]) == ["torch==2.9", "numpy<2,>=1.26"]


def test_colab_s_versions_are_allowed():
    requirements = {r.name: r for r in map(Requirement, [*PROJECT["dependencies"], *EXTRAS["book"]])}
    for name, version in COLAB.items():
        assert requirements[name].specifier.contains(version), f"{requirements[name]} shuts out Colab's {version}"
    assert "gensim" not in {r.name for r in map(Requirement, PROJECT["dependencies"])}
    assert Version("3.13") in Requirement(f"python{PROJECT['requires-python']}").specifier


def test_constraints_pin_within_the_bounds():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = {r.name.lower(): r for r in map(Requirement, filter(lambda line: line and line[0] != "#", lines))}
    for requirement in map(Requirement, [*PROJECT["dependencies"], *EXTRAS["book"], *EXTRAS["test"]]):
        (pin,) = pins[requirement.name.lower()].specifier
        assert pin.operator == "=="
        assert requirement.specifier.contains(pin.version), f"{pin} is outside {requirement}"
    assert not [name for name in pins if name.startswith(("nvidia", "triton"))]


def test_conda_file_installs_the_project_itself():
    file = yaml.safe_load((ROOT / "environment.yml").read_text())
    (pip,) = [d["pip"] for d in file["dependencies"] if isinstance(d, dict)]
    assert pip == ["-e .[book]"]
    assert "book" in EXTRAS
    (python,) = [d for d in file["dependencies"] if str(d).startswith("python")]
    specifier = Requirement(python).specifier
    assert [v for v in ("3.10", "3.11", "3.12", "3.13", "3.14", "3.15") if specifier.contains(v)] == [
        "3.11",
        "3.12",
        "3.13",
        "3.14",
    ]


def test_a_checkout_has_the_same_bytes_wherever_it_is_made():
    """Windows' git would turn line ends into CRLF, and no checksum of the embedded data would fit."""
    done = subprocess.run(["git", "ls-files", "--eol"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("git absent, or no clone")
    lines = done.stdout.splitlines()
    assert len(lines) > 300
    assert [line for line in lines if "eol=lf" not in line and "attr/-text" not in line] == []
    assert [line for line in lines if line.startswith("i/crlf") and "attr/-text" not in line] == []


def test_citation_file_names_the_project():
    file = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    log = (ROOT / "CHANGELOG.md").read_text()
    assert log.count(f"\n## {file['version']}") == 1, "expected the version of the last release"
    assert log.index("## Unreleased") < log.index("## " + file["version"])
    assert file["repository-code"] == PROJECT["urls"]["Repository"]


def test_the_tests_that_are_shared_out_exist():
    for start in LONGEST:
        file, _, name = start.partition("::")
        assert f"def {name}" in (ROOT / file).read_text(), start
        assert start == LONGEST[rank(start + "_more[case]")]
    chapter = LONGEST[2] + "[nade]"
    assert unit(chapter) == chapter
    assert unit("tests/test_project.py::test_a[b::c]") == "tests/test_project.py"


def test_a_codespace_installs_by_make():
    file = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    command, target = file["postCreateCommand"].split()
    assert command == "make"
    assert f"$(VENV)/{Path(target).name}:" in (ROOT / "Makefile").read_text()
    assert Path(target).parent.name in file["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]


def test_hooks_before_a_commit_are_make_targets():
    for hook in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]:
        command, target = hook["entry"].split()
        assert command == "make"
        assert subprocess.run(["make", "-n", "ENV=", target], cwd=ROOT, capture_output=True).returncode == 0


def test_oldest_pins_every_dependency():
    done = subprocess.run([sys.executable, ROOT / ".ci/oldest.py"], capture_output=True, text=True, check=True)
    pins = [Requirement(line) for line in done.stdout.split()]
    assert [r.name for r in pins] == [Requirement(d).name for d in PROJECT["dependencies"]]
    assert all(str(r.specifier).startswith("==") for r in pins)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with hatchling, without isolation and so without a network."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = out.glob("*.whl")
    return path


def pip(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_wheel_holds_code_data_and_weights(wheel: Path):
    with zipfile.ZipFile(wheel) as file:
        inside = set(file.namelist())
        metadata = message_from_string(file.read(next(n for n in inside if n.endswith(".dist-info/METADATA"))).decode())
    code = {p.relative_to(ROOT).as_posix() for p in (ROOT / "lecturelib").rglob("*.py")}
    embedded = {f"lecturelib/_data/{p.name}" for p in (ROOT / "data").iterdir() if p.suffix in (".npz", ".xz")}
    weights = {f"lecturelib/_data/weights/{p.name}" for p in (ROOT / "data/weights").glob("*.safetensors")}
    assert len(embedded) >= 2
    assert weights, "expected stored weights in data/weights"
    assert code | embedded | weights | {"lecturelib/_data/registry.toml", "lecturelib/py.typed"} <= inside
    assert not [n for n in inside if n.endswith((".partial", ".pyc"))]
    folders = [p for p in (ROOT / "assignments").glob("[1-9]*_*/public/*") if p.is_file()]
    for_students = {f"lecturelib/_assignments/{p.relative_to(ROOT / 'assignments').as_posix()}" for p in folders}
    assert for_students == {n for n in inside if "_assignments" in n}, "of an assignment, only what students have"
    assert len([n for n in inside if "licenses/LICENSE" in n]) == 2
    assert wheel.stat().st_size < 40e6
    assert lecturelib.__version__ == metadata["Version"]


@pytest.mark.slow
def test_a_user_s_mypy_reads_the_annotations(wheel: Path, tmp_path: Path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    (packages,) = tmp_path.glob("venv/lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(packages)
    (tmp_path / "use.py").write_text("from lecturelib.atomic import atomic_write\natomic_write(3)\n")
    options = ["--config-file=", "--python-executable", str(tmp_path / "venv/bin/python")]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "use.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert 'has incompatible type "int"; expected "Path"' in done.stdout, done.stdout


@pytest.mark.slow
def test_installing_the_wheel_changes_nothing_else(wheel: Path):
    """On a machine that has torch, as Colab has, pip would install lecturelib and no other package."""
    report = json.loads(pip("install", "--dry-run", "--no-index", "--quiet", "--report", "-", wheel))
    assert {item["metadata"]["name"] for item in report["install"]} <= {"lecturelib"}


NO_NETWORK = """
import socket
def refuse(*args, **kwargs):
    raise OSError("no network in this test")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refuse
"""
TRAIN = """
import socket, sys
from pathlib import Path
import lecturelib
assert Path(sys.prefix) in Path(lecturelib.__file__).parents, lecturelib.__file__
try:
    socket.create_connection(("127.0.0.1", 9))
except OSError as error:
    assert "no network" in str(error)
else:
    raise AssertionError("sockets are open")

from lecturelib import recipes
from lecturelib.autoregressive import FVSBN
from lecturelib.datasets import load
from lecturelib.training import fit
x = (load("mnist-5k").train.x[:1000].flatten(1) > 0.5).float()
model = FVSBN(x.shape[1])
history = fit(model, lambda model, x: -model.log_prob(x).mean(), x, epochs=3, batch_size=100)
print(history.train)
assert history.train[-1] < history.train[0] - 10
assert load("shakespeare")
for name in recipes.RECIPES:
    if (Path(lecturelib.__file__).parent / "_data/weights" / f"{name}.safetensors").exists():
        model = recipes.load_model(name)
        assert all(p.isfinite().all() for p in model.parameters()), name
        if name.startswith(("fvsbn", "nade")):
            print(name, model.sample(1).shape)
"""


@pytest.mark.slow
def test_wheel_trains_offline_in_an_empty_environment(wheel: Path, tmp_path: Path):
    """Install it into a fresh venv, which sees the other packages through a .pth file, and train without sockets."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    pip("--python", venv / "bin/python", "install", "--no-deps", "--no-index", "--quiet", wheel)
    (packages,) = venv.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\nimport no_network\n")
    (packages / "no_network.py").write_text(NO_NETWORK)  # Debian's Python has a sitecustomize of its own
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LECTURELIB"))}
    done = subprocess.run(
        [venv / "bin/python", "-c", TRAIN],
        cwd=tmp_path,
        env=environment | {"LECTURELIB_DATA": str(tmp_path / "nothing")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
