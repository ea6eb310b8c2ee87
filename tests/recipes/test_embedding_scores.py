"""The experiment on what vectors know: it resumes, refuses other settings, and makes its table."""

import json

import pytest

from lecturelib.experiments import embedding_scores, runner
from lecturelib.experiments.skipgram_vs_cbow import METHODS

SENTENCES = [["king", "man", "queen", "woman", "he", "she", "cat", "dog", "love", "sex", "tiger"]] * 30


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(embedding_scores, "sentences_of", lambda name: SENTENCES)
    monkeypatch.setattr(embedding_scores, "SETTINGS", {"vector_size": 4, "epochs": 1, "subsample": 0.0})


@pytest.mark.needs_data("simlex999")
def test_it_goes_on_where_it_was_stopped_and_refuses_other_settings(small, tmp_path, monkeypatch):
    path = tmp_path / "scores.json"
    first = embedding_scores.measure(path, seeds=[0])["rows"]
    assert [(row["method"], row["seed"]) for row in first] == [("skip-gram", 0), ("cbow", 0)]
    content = json.loads(path.read_text())
    content["rows"][0]["cpu_seconds"] = -1.0
    path.write_text(json.dumps(content))
    both = embedding_scores.measure(path, seeds=[0, 1])["rows"]
    assert [(row["method"], row["seed"]) for row in both[2:]] == [("skip-gram", 1), ("cbow", 1)]
    assert both[0]["cpu_seconds"] == -1.0  # not run again
    assert both[0]["scores"].keys() == {"all analogies", "family", "common capitals", "WordSim-353", "SimLex-999"}
    monkeypatch.setattr(embedding_scores, "SETTINGS", {"vector_size": 5, "epochs": 1})
    with pytest.raises(ValueError, match=r"settings: expected those of scores.json, got others"):
        embedding_scores.measure(path)


@pytest.mark.needs_data("glove-50d", "simlex999")
def test_glove_is_a_yardstick():
    """Others trained it: on WordSim-353 it is where it was when its file was added."""
    found = embedding_scores.scores(embedding_scores.glove())
    assert found["WordSim-353"] == pytest.approx(52.2, abs=0.1)
    assert 45 < found["all analogies"] < 60


def test_the_table_has_mean_and_spread(monkeypatch, tmp_path):
    rows = [
        {"method": method, "seed": seed, "cpu_seconds": 1.0, "scores": {"family": 10.0 + seed, "WordSim-353": 50.0}}
        for seed in range(3)
        for method in METHODS
    ]
    runner.write(tmp_path / "experiments" / "embedding-scores.json", {"rows": rows})
    monkeypatch.setattr(runner, "results_dir", lambda: tmp_path)
    header, table = embedding_scores.summary()
    assert header == ["method", "family", "WordSim-353"]
    assert table == [[method, "11.0 ± 1.0", "50.0 ± 0.0"] for method in METHODS]


def test_absent_results_are_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(runner, "results_dir", lambda: tmp_path)
    with pytest.raises(ValueError, match=r"^results: expected embedding-scores.json, got no such file; run `python -m"):
        embedding_scores.summary()
