"""The experiment on what features are good for, on small sets: what is read, learnt and measured, and its table."""

import json
from pathlib import Path

import pytest
import torch
from small_tasks import TAGS, TEXT

from lecturelib.experiments import runner, word_features, word_tasks
from lecturelib.experiments.word_features import PARTS, Part
from lecturelib.words import MaskedLM, Vocabulary


@pytest.mark.usefixtures("small_tasks")
def test_a_task_s_words_are_those_of_its_sentences():
    part = word_features.task_parts("names")["valid"]
    assert part.words == [word for word in TEXT.split(" ") if word != "\n"]
    assert part.lengths.tolist() == [6, 3, 6, 4, 2]
    assert [TAGS[i] for i in part.y.tolist()][:6] == ["O", "O", "O", "O", "B-place", "O"]
    assert len(part.y) == len(part.words)
    part = word_features.task_parts("sentiment")["valid"]
    assert part.words[:5] == ["sat", ".", "in", "in", "Paris"]
    assert part.lengths[:2].tolist() == [2, 3]


@pytest.mark.usefixtures("small_tasks")
@pytest.mark.parametrize("task", list(word_features.TASKS))
def test_networks_learn_and_repeat_with_their_seed(task):
    vectors, vocabulary = word_features.word_vectors("glove-50d", Path("runs"))
    features = word_features.static(word_features.task_parts(task), vectors, vocabulary)
    (a, history), (b, _) = (word_tasks.train(task, features, True, 0.1, 3) for _ in range(2))
    assert history.train[-1] < history.train[0]
    for one, other in zip(a.parameters(), b.parameters(), strict=True):
        assert torch.equal(one, other)
    predicted = word_tasks.predictions(a, task, "test", features)
    assert len(predicted) == len(word_features.task_parts(task)["test"].y)


@pytest.mark.usefixtures("small_tasks")
def test_static_features_are_those_of_the_words():
    parts = word_features.task_parts("names")
    vectors, vocabulary = word_features.word_vectors("glove-50d", Path("runs"))
    features = word_features.static(parts, vectors, vocabulary)
    assert len(features.table) == 9  # "dog" does not come
    known = torch.stack([vectors[vocabulary.index(w.lower())] for w in parts["train"].words if w != "zz"])
    at = features.rows["test"][parts["test"].words.index("cat")]
    expected = (vectors[vocabulary.index("cat")] - known.mean(0)) / known.std(0)
    torch.testing.assert_close(features.table[at], expected)
    assert features.rows["test"][parts["test"].words.index("zz")] == 9


def test_trained_vectors_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(word_features, "sentences_of", lambda name: [["é", "b", "c"]] * 20 + [["b", "c"]] * 20)
    monkeypatch.setitem(word_features.SETTINGS, "vectors", {"vector_size": 3, "epochs": 1, "seed": 0})
    vectors, vocabulary = word_features.word_vectors("cbow", tmp_path)
    assert vocabulary.words == ("b", "c", "é")
    assert vocabulary.counts.tolist() == [40, 40, 20]
    monkeypatch.delattr(word_features, "sentences_of")  # it is not trained again
    again, same = word_features.word_vectors("cbow", tmp_path)
    assert torch.equal(vectors, again)
    assert same.words == vocabulary.words
    assert [path.name for path in tmp_path.iterdir()] == ["word-tasks-cbow.safetensors"]
    with pytest.raises(NameError):
        word_features.word_vectors("random", tmp_path)  # has the words of skip-gram


class Reads:
    """Features of a word: its length, its position, and how long the sentence is."""

    vocabulary = Vocabulary({"paris": 1, "n't": 1, "cat": 1})

    def features(self, sentences, layer):
        assert layer == 2
        assert all(sentences)
        return [torch.tensor([[len(w), k, len(s)] for k, w in enumerate(s)]).float() for s in sentences]


def test_contextual_features_are_those_of_the_positions_without_punctuation():
    words = ["Paris", "!", "#Ohio", "...", "n't", "?", "cat"]
    parts = {part: Part(words, torch.tensor([3, 1, 3]), torch.zeros(7).long()) for part in PARTS}
    table, rows = word_features.contextual(parts, Reads(), 2)
    assert rows["train"].tolist() == [0, 12, 1, 12, 2, 12, 3]
    assert rows["test"].tolist() == [8, 12, 9, 12, 10, 12, 11]
    raw = torch.tensor([[5, 0, 2], [4, 1, 2], [3, 0, 2], [3, 1, 2]]).float()
    torch.testing.assert_close(table, ((raw - raw.mean(0)) / raw.std(0).clamp(min=1e-6)).repeat(3, 1))


def test_contextual_features_of_a_masked_language_model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = MaskedLM(
            Vocabulary({"the": 3, "cat": 2, "sat": 1}, unknown="<rare>"), embedding_dim=8, num_heads=2, num_layers=2
        ).eval()
    words = ["The", "cat", ".", "Dogs", "sat", "!"]
    parts = {part: Part(words, torch.tensor([3, 2, 1]), torch.zeros(6).long()) for part in PARTS}
    for layer in (0, 2):
        table, rows = word_features.contextual(parts, model, layer)
        raw = torch.cat(model.features([["the", "cat"], ["<rare>", "sat"]], layer=layer))
        expected = (raw - raw.mean(0)) / raw.std(0)
        torch.testing.assert_close(table[rows["valid"][[0, 1, 3, 4]]], expected)
        assert rows["valid"][[2, 5]].tolist() == [len(table)] * 2


@pytest.mark.usefixtures("small_tasks")
def test_scores():
    part = word_features.task_parts("names")["test"]
    assert word_tasks.scores("names", "test", part.y) == {
        "F1": 100,
        "new names found": pytest.approx(float("nan"), nan_ok=True),
    }
    y = part.y.clone()
    y[part.words.index("Rome")] = 0
    assert word_tasks.scores("names", "test", y)["F1"] == pytest.approx(100 * 6 / 7, abs=0.01)
    y = part.y.clone()
    y[part.words.index("zz")] = 1
    found = word_tasks.scores("parts of speech", "test", y)
    assert found == {"accuracy": pytest.approx(100 * 20 / 21, abs=0.01), "on new words": 0}
    usual = word_tasks.baseline("parts of speech", "test")
    assert torch.equal(usual, part.y)  # each word has one tag, and "zz", which is new, the most frequent
    assert word_tasks.baseline("sentiment", "test").unique().tolist() == [0]


@pytest.mark.usefixtures("small_tasks")
def test_an_interrupted_run_is_resumed_and_makes_its_table(tmp_path, monkeypatch):
    path = tmp_path / "experiments" / "word-tasks.json"
    monkeypatch.setattr(runner, "results_dir", lambda: tmp_path)
    with pytest.raises(ValueError, match=r"^results: expected word-tasks.json, got no such file; run"):
        word_tasks.summary("names")
    rows = word_tasks.measure(path, [0], ["glove-50d"], layers=[])["rows"]
    assert len(rows) == 3 * (1 + 2)
    content = json.loads(path.read_text())
    for row in content["rows"]:
        row["learning_rate"] = 0.5
    path.write_text(json.dumps(content))
    again = word_tasks.measure(path, [0, 1], ["glove-50d"], layers=[])["rows"]
    assert len(again) == 3 * (1 + 4)
    assert {row["learning_rate"] for row in again} == {0.5}  # the learning rate of the first seed
    header, table = word_tasks.summary("parts of speech")
    assert header[:4] == ["features", "dimensions", "unknown", "frozen: accuracy"]
    assert [line[:3] for line in table] == [["most frequent tag of the word", "—", "—"], ["glove-50d", "4", "5%"]]
    assert all(len(line) == len(header) for line in table)
    assert " ± " in table[1][3]
    header, table = word_tasks.best(tuned=False)
    assert header == ["task", "word2vec", "GloVe", "masked LM"]
    assert [line[0] for line in table] == list(word_features.TASKS)
    frozen = [row["scores"]["accuracy"] for row in again if row["task"] == "sentiment" and not row["tuned"]][1:]
    assert table[0][1] == table[0][3] == "—"  # not measured
    assert table[0][2].startswith(f"{sum(frozen) / 2:.1f} ± ")
    assert table[0][2].endswith(" (glove-50d)")
    monkeypatch.setitem(word_features.SETTINGS, "patience", 5)
    with pytest.raises(ValueError, match=r"settings: expected those of word-tasks.json, got others"):
        word_tasks.measure(path)
