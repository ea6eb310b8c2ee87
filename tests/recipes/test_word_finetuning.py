"""Finetuning on small tasks: what the model reads, what is learnt, and the file of results."""

import json

import pytest
import torch
from small_tasks import TAGS
from torch.nn.functional import cross_entropy

from lecturelib import recipes
from lecturelib.experiments import runner, word_features, word_finetuning, word_tasks
from lecturelib.words import MaskedLM, Vocabulary
from lecturelib.words.finetuning import EDGE, UNKNOWN

KNOWN = {"the": 9, "cat": 8, "sat": 7, "paris": 6, "<rare>": 5, "rome": 4, "n": 3}


@pytest.fixture
def model(small_tasks, monkeypatch):
    """A model that reads at most four words, and is there whenever the stored one is asked for."""

    def load_model(name):
        assert name == word_tasks.MASKED
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return MaskedLM(
                Vocabulary(KNOWN, unknown="<rare>"), embedding_dim=8, num_heads=2, num_layers=1, max_length=4
            )

    monkeypatch.setattr(recipes, "load_model", load_model)
    monkeypatch.setitem(word_finetuning.SETTINGS, "precision", "no")
    return load_model(word_tasks.MASKED)


def test_sentences_are_read_without_marks_as_far_as_the_model_can(model):
    x, positions, shapes, y = word_finetuning.sentences("names", "valid", model)
    # The cat sat in Paris . | Rome sat . | The cat sat in London . | London sat in Rome | 12 cat
    words = [[model.vocabulary.words[i] for i in row if i < model.padding_index] for row in x.tolist()]
    assert words[0] == ["the", "cat", "sat", "<rare>"]  # the model reads no more
    assert words[1] == ["rome", "sat"]
    assert words[4] == ["<rare>", "cat"]
    assert positions[0].tolist() == [0, 1, 2, 3, UNKNOWN, UNKNOWN]
    assert positions[1].tolist() == [0, 1, UNKNOWN, EDGE, EDGE, EDGE]
    assert [TAGS[i] for i in y[0]] == ["O", "O", "O", "O", "B-place", "O"]
    assert y[1].tolist() == [2, 0, 0, *3 * [word_finetuning.NO_TAG]]
    assert (shapes == 0).tolist() == (positions == EDGE).tolist()
    _, positions, _, y = word_finetuning.sentences("sentiment", "valid", model)
    assert y.tolist() == [1, 0] * 10
    assert positions[0].tolist() == [0, UNKNOWN, EDGE]  # "sat ."


def test_a_sentence_of_nothing_but_marks_is_read_as_a_rare_word(model, monkeypatch):
    part = word_features.Part([".", ".", "cat"], torch.tensor([2, 1]), torch.tensor([0, 0, 0]))
    monkeypatch.setattr(word_finetuning, "task_parts", lambda task: {"train": part})
    x, positions, _, _ = word_finetuning.sentences("names", "train", model)
    assert x[0, 0] == model.vocabulary.index("<rare>")
    assert positions.tolist() == [[UNKNOWN, UNKNOWN], [0, EDGE]]


def test_the_loss_is_of_words_alone(model):
    batch = word_finetuning.sentences("names", "valid", model)
    tuned = word_finetuning.train("names", batch, 1e-3, seed=0)
    scores = tuned(*batch[:-1])
    terms = [
        cross_entropy(scores[i, t], batch[-1][i, t])
        for i in range(len(scores))
        for t in range(scores.shape[1])
        if batch[1][i, t] != EDGE
    ]
    torch.testing.assert_close(word_finetuning.loss(tuned, batch), torch.stack(terms).mean())


@pytest.mark.parametrize("task", list(word_features.TASKS))
def test_all_is_learnt_and_repeats_with_its_seed(model, task, monkeypatch):
    monkeypatch.setitem(word_finetuning.SETTINGS, "batch_size", 4)
    batch = word_finetuning.sentences(task, "train", model)
    a, b = (word_finetuning.train(task, batch, 1e-2, seed=3) for _ in range(2))
    for one, other in zip(a.parameters(), b.parameters(), strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(a.model.E, model.E)
    predicted = word_finetuning.predictions(a, batch)
    right = (predicted == word_features.task_parts(task)["train"].y).double().mean()  # one word after the other
    assert right > 0.9


def test_an_interrupted_run_is_resumed_and_makes_its_table(model, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "results_dir", lambda: tmp_path)
    with pytest.raises(ValueError, match=r"^results: expected word-finetuning.json, got no such file; run"):
        word_finetuning.summary()
    path = tmp_path / "experiments" / "word-finetuning.json"
    monkeypatch.setitem(word_finetuning.SETTINGS, "epochs", dict.fromkeys(word_features.TASKS, 1))
    rows = word_finetuning.measure(path, [0])["rows"]
    assert [row["task"] for row in rows] == list(word_features.TASKS)
    content = json.loads(path.read_text())
    for row in content["rows"]:
        row["learning_rate"] = 0.5
    path.write_text(json.dumps(content))
    again = word_finetuning.measure(path, [0, 1])["rows"]
    assert len(again) == 6
    assert {row["learning_rate"] for row in again} == {0.5}  # the learning rate of the first seed
    word_tasks.measure(tmp_path / "experiments" / "word-tasks.json", [0], ["glove-50d"], layers=[])
    header, table = word_finetuning.summary()
    assert header == ["task", "word2vec", "GloVe", "masked LM"]
    mine = [row["scores"]["accuracy"] for row in again if row["task"] == "sentiment"]
    assert table[0][3].startswith(f"{sum(mine) / 2:.1f} ± ")
    assert table[0][2].endswith(" (glove-50d)")
    monkeypatch.setitem(word_finetuning.SETTINGS, "batch_size", 5)
    with pytest.raises(ValueError, match=r"settings: expected those of word-finetuning.json, got others"):
        word_finetuning.measure(path)


def test_the_stored_results_are_whole():
    rows = runner.read(word_finetuning.__name__)["rows"]
    found = {(row["task"], row["seed"]) for row in rows}
    assert found == {(task, seed) for task in word_features.TASKS for seed in word_finetuning.SEEDS}
    assert len(found) == len(rows)
