"""Experiments: they go on where they were stopped, in one process or in several, and refuse other settings."""

import json
import os

import pytest
import torch

from lecturelib.experiments import runner

CASES = [{"task": task, "seed": seed} for task in ("a", "b") for seed in (0, 1)]


def squared(task, seed):
    """Be measurable in another process, and tell which one it was."""
    return {"score": seed**2, "process": os.getpid(), "threads": torch.get_num_threads()}


def rows(content):
    return sorted((row["task"], row["seed"], row["score"]) for row in content["rows"])


@pytest.mark.parametrize("processes", [1, 2])
def test_what_has_a_row_is_not_measured_again(tmp_path, processes):
    path = tmp_path / "some.json"
    content = runner.begin(path, {"size": 3}, "some")
    content["rows"].append({"task": "a", "seed": 1, "score": 77})
    runner.write(path, content)
    content = runner.begin(path, {"size": 3}, "some")
    runner.go_on(path, content, CASES, squared, processes=processes)
    expected = [("a", 0, 0), ("a", 1, 77), ("b", 0, 0), ("b", 1, 1)]
    assert rows(content) == rows(json.loads(path.read_text())) == expected
    others = {row["process"] for row in content["rows"] if "process" in row}
    assert (others == {os.getpid()}) == (processes == 1)
    if processes == 2:
        assert all(row.get("threads", 1) == 1 for row in content["rows"])


def test_an_error_in_another_process_is_told_and_keeps_the_rows(tmp_path):
    path = tmp_path / "some.json"
    content = runner.begin(path, {}, "some")
    with pytest.raises(TypeError):
        runner.go_on(path, content, [{"task": "a", "seed": 2}, {"task": "b", "seed": "x"}], squared, processes=2)
    assert all(row["score"] == 4 for row in content["rows"])


def test_other_settings_are_refused(tmp_path):
    path = tmp_path / "some.json"
    runner.write(path, runner.begin(path, {"size": 3}, "some"))
    with pytest.raises(ValueError, match=r"settings: expected those of some\.json, got others"):
        runner.begin(path, {"size": 4}, "some")


def test_cases_are_all_combinations_the_last_name_fastest():
    found = runner.cases(task={"a": 1, "b": 2}, seed=[0, 1])
    assert found == [{"task": t, "seed": s} for t in "ab" for s in (0, 1)]
    assert runner.cases(task=[], seed=[0]) == []
