"""Experiments: an interrupted one is resumed, in one process or in several; other settings are refused; the command."""

import argparse
import inspect
import json
import os
import shlex
import sys
from types import ModuleType

import pytest
import torch

from lecturelib import experiments
from lecturelib.__main__ import main
from lecturelib.experiments import command, runner
from lecturelib.paths import results_dir

CASES = [{"task": task, "seed": seed} for task in ("a", "b") for seed in (0, 1)]


def squared(task, seed):
    """Be measurable in another process, and tell which one it was."""
    return {"score": seed**2, "process": os.getpid(), "threads": torch.get_num_threads()}


def rows(content):
    return sorted((row["task"], row["seed"], row["score"]) for row in content["rows"])


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_what_has_a_row_is_not_measured_again(tmp_path, processes):
    path = tmp_path / "some.json"
    content = runner.open_results(path, {"size": 3})
    content["rows"].append({"task": "a", "seed": 1, "score": 77})
    runner.write(path, content)
    content = runner.open_results(path, {"size": 3})
    runner.run_missing(path, content, CASES, squared, processes=processes)
    expected = [("a", 0, 0), ("a", 1, 77), ("b", 0, 0), ("b", 1, 1)]
    assert rows(content) == rows(json.loads(path.read_text())) == expected
    others = {row["process"] for row in content["rows"] if "process" in row}
    assert (others == {os.getpid()}) == (processes == 1)
    if processes == 2:
        assert all(row.get("threads", 1) == 1 for row in content["rows"])


@pytest.mark.slow
def test_an_error_in_another_process_is_told_and_keeps_the_rows(tmp_path):
    path = tmp_path / "some.json"
    content = runner.open_results(path, {})
    with pytest.raises(TypeError):
        runner.run_missing(path, content, [{"task": "a", "seed": 2}, {"task": "b", "seed": "x"}], squared, processes=2)
    assert all(row["score"] == 4 for row in content["rows"])


def test_other_settings_are_refused(tmp_path):
    path = tmp_path / "some.json"
    runner.write(path, runner.open_results(path, {"size": 3}))
    with pytest.raises(ValueError, match=r"settings: expected those of some\.json, got others"):
        runner.open_results(path, {"size": 4})


def test_cases_are_all_combinations_the_last_name_fastest():
    found = runner.grid(task={"a": 1, "b": 2}, seed=[0, 1])
    assert found == [{"task": t, "seed": s} for t in "ab" for s in (0, 1)]
    assert runner.grid(task=[], seed=[0]) == []


STORED = sorted((results_dir() / "experiments").glob("*.json"))


def parsed(line):
    """Return what the command line of an experiment, as it is stored, is parsed to."""
    words = shlex.split(line)
    assert words[:4] == ["python", "-m", "lecturelib", "experiment"]
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    return parser.parse_args(words[3:])


def test_every_experiment_has_stored_results_and_the_other_way_round():
    assert {path.stem for path in STORED} == set(experiments.load_all())


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_rows_are_those_of_the_stored_command(path):
    """It names the experiment and sets the seeds that the rows have."""
    content = json.loads(path.read_text())
    arguments = parsed(content["command"])
    assert arguments.name == path.stem
    given, module = command.options(arguments), experiments.get(arguments.name)
    usual = inspect.signature(module.measure).parameters
    if "seeds" in usual or hasattr(module, "SEEDS"):
        expected = given.get("seeds", usual["seeds"].default if "seeds" in usual else module.SEEDS)
        assert {row["seed"] for row in content["rows"]} - {None} == set(expected)


def small_experiment(budget_default="cpu"):
    """A module as an experiment is, whose rows are squares."""
    module = ModuleType("lecturelib.experiments.small_one", "Squares.")

    def measure(path, budget=budget_default, seeds=(0, 1, 2)):
        return runner.run_missing(path, runner.open_results(path, {"budget": budget}), runner.grid(seed=seeds), square)

    setattr(module, "measure", measure)  # noqa: B010
    return module


def square(seed):
    return {"square": seed**2}


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "results_dir", lambda: tmp_path)
    monkeypatch.setattr(experiments, "load_all", lambda: {"small-one": small_experiment()})
    return tmp_path / "experiments"


def test_command(small, capsys):
    """Rows and command are stored; more seeds are added; fewer leave file and command as they are."""
    for flags, count in ((["--seeds", "2"], 2), ([], 3), (["--seeds", "1"], 3)):
        assert main(["experiment", "small-one", *flags]) == 0
        content = json.loads((small / "small-one.json").read_text())
        assert [row["square"] for row in content["rows"]] == [0, 1, 4][:count]
        assert content["command"] == "python -m lecturelib experiment small-one" + (" --seeds 2" if count == 2 else "")
    assert "small-one.json: 3 rows" in capsys.readouterr().out


def test_every_budget_has_its_file(small, tmp_path):
    assert main(["experiment", "small-one", "--budget", "smoke", "--seeds", "1"]) == 0
    content = json.loads((small / "small-one-smoke.json").read_text())
    assert content["command"] == "python -m lecturelib experiment small-one --budget smoke --seeds 1"
    assert main(["experiment", "small-one", "--budget", "cpu", "--results", str(tmp_path / "x.json")]) == 0
    assert json.loads((tmp_path / "x.json").read_text())["settings"] == {"budget": "cpu"}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["small-two"], "experiment: expected one of small-one, got 'small-two'; did you mean 'small-one'?"),
        (["small-one", "--processes", "2"], "--processes: expected nothing, since small-one does not take it, got 2"),
        (["small-one", "--seeds", "0"], "--seeds: expected a positive integer, got 0"),
    ],
)
def test_errors_of_the_command(small, capsys, words, error):
    assert main(["experiment", *words]) == 1
    assert capsys.readouterr().err == f"error: {error}\n"
    assert not small.exists()


def test_list(capsys):
    assert main(["experiment", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(experiments.load_all())
    assert all(len(line.split()) > 4 for line in lines)


def test_a_module_with_measure_is_an_experiment(tmp_path, monkeypatch):
    """Nothing else has to be written down."""
    (tmp_path / "just_added.py").write_text('"""What is new."""\n\ndef measure(path):\n    return {"rows": []}\n')
    monkeypatch.setattr(experiments, "__path__", [*experiments.__path__, str(tmp_path)])
    assert experiments.get("just-added").__doc__ == "What is new."
    monkeypatch.delitem(sys.modules, "lecturelib.experiments.just_added")
