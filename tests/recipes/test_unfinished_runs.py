"""Runs that stop in time and are resumed: the same numbers, a log of how far they are, finished results untouched."""

import json

import pytest
from training_setup import stop_before

from lecturelib import recipes
from lecturelib.__main__ import main
from lecturelib.recipes import run_log
from lecturelib.recipes.reproduce import reproduce
from lecturelib.training import OutOfTimeError

NAME = "fvsbn-mnist-5k-14"
KEY = f"{NAME}, smoke"


def comparable(entry):
    """An entry without what differs between two runs of the same."""
    rows = [{k: v for k, v in row.items() if "seconds" not in k} for row in entry["seeds"]]
    return entry | {"seeds": rows}


def test_an_interrupted_call_ends_with_the_numbers_of_an_unbroken_one(tmp_path, monkeypatch):
    """Stopped in the first seed, before its test and in the second; what was measured is not measured again."""
    recipe = recipes.get(NAME)
    expected = reproduce(recipe, "smoke", 2, results=tmp_path / "whole", runs=tmp_path / "whole")
    results, runs = tmp_path / "results", tmp_path / "runs"
    results.mkdir()
    finished = json.dumps({"budgets": {"smoke": {"mean": 1}, "gpu": {"mean": 2}}})
    (results / f"{NAME}.json").write_text(finished)
    for asked, why in ((7, "in epoch 1 of 2, after 6 steps"), (13, "in epoch 2 of 2"), (7, "in epoch 1 of 2, after 2")):
        with monkeypatch.context() as patch:
            stop_before(patch, asked)
            with pytest.raises(OutOfTimeError, match=why):
                reproduce(recipe, "smoke", 2, results=results, runs=runs)
        entry = run_log.read(runs)[KEY]
        assert (entry["state"], entry["seeds"]) == ("unfinished", 2)
        assert why in entry["why"]
        assert (results / f"{NAME}.json").read_text() == finished, "unfinished numbers stand in the log alone"
    assert entry["measured"] == [
        expected["seeds"][0] | {k: entry["measured"][0][k] for k in ("seconds", "cpu_seconds")}
    ]
    entry["measured"][0]["test"] = -1.0
    runs.joinpath("progress.json").write_text(json.dumps({KEY: entry}))
    last = reproduce(recipe, "smoke", 2, results=results, runs=runs)
    assert last["seeds"][0].pop("test") == -1.0
    expected["seeds"][0].pop("test")
    assert comparable(last)["seeds"] == comparable(expected)["seeds"]
    assert json.loads((results / f"{NAME}.json").read_text())["budgets"]["gpu"] == {"mean": 2}
    assert run_log.read(runs)[KEY]["state"] == "finished"
    assert [path.name for path in runs.iterdir()] == ["progress.json"]


def test_the_command_runs_several_in_order_within_its_minutes(tmp_path, capsys, monkeypatch):
    line = f"reproduce {NAME} fvsbn-mnist-5k --budget smoke --resume --results {tmp_path}/r --runs {tmp_path}/runs"
    assert main([*line.split(), "--minutes", "1e-9"]) == 75
    assert f"{NAME} (smoke): unfinished, time is over in epoch 1 of 2, after 0 steps" in capsys.readouterr().out
    assert not (tmp_path / "r").exists()
    assert main([*line.split(), "--minutes", "5"]) == 0
    log = run_log.read(tmp_path / "runs")
    assert [(name, entry["state"]) for name, entry in log.items()] == [
        (KEY, "finished"),
        ("fvsbn-mnist-5k, smoke", "finished"),
    ]
    monkeypatch.setattr("lecturelib.recipes.command.reproduce", None)
    assert main(line.split()) == 0
    assert capsys.readouterr().out.count("finished before") == 2


def test_one_recipe_that_fails_does_not_stop_the_others(tmp_path, capsys, monkeypatch):
    def failing(recipe, *arguments, **options):
        if recipe.name == NAME:
            raise FloatingPointError("loss: expected a finite value")
        return {"mean": 1.0, "spread": None}

    monkeypatch.setattr("lecturelib.recipes.command.reproduce", failing)
    assert main(["reproduce", NAME, "fvsbn-mnist-5k", "--budget", "smoke", "--runs", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert err == f"error: {NAME}: loss: expected a finite value\n"
    assert out.startswith("fvsbn-mnist-5k (smoke): test negative log-likelihood 1.000 nats")


def test_a_log_of_other_settings_or_a_damaged_one_is_forgotten(tmp_path):
    row = {"seed": 0, "test": 1.0}
    log = run_log.RunLog(tmp_path, "a", {"sizes": (1, 2)}, 3)
    log.add(row)
    assert run_log.RunLog(tmp_path, "a", {"sizes": (1, 2)}, 3).measured(0) == row
    assert run_log.RunLog(tmp_path, "a", {"sizes": (1, 3)}, 3).measured(0) is None
    (tmp_path / "progress.json").write_text("{")
    assert run_log.read(tmp_path) == {}
