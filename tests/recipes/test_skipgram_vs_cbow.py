"""The experiment on Mikolov's mail: its measure against a trusted one, and its table."""

import json

import numpy as np
import pytest
import torch

from lecturelib.experiments import runner, skipgram_vs_cbow
from lecturelib.words import Vocabulary, Word2Vec


def test_agreement_is_the_share_of_the_nearest_by_cosine_with_the_same_tag():
    rng = np.random.default_rng(0)
    w, tag = rng.normal(size=(30, 4)), rng.integers(0, 3, 30)
    expected = []
    for i in range(30):
        cosine = [w[i] @ w[j] / np.linalg.norm(w[i]) / np.linalg.norm(w[j]) if j != i else -2 for j in range(30)]
        expected.append(np.mean([tag[j] == tag[i] for j in np.argsort(cosine)[::-1][:10]]))
    share = skipgram_vs_cbow.agreement(torch.from_numpy(w), torch.from_numpy(tag))
    np.testing.assert_allclose(share.numpy(), expected, atol=1e-6)


def test_words_fall_into_the_band_of_how_often_they_came():
    sentences = [["a"] * 20 + ["b"] * 5 + ["c"] * 4 + ["d"] * 2]
    judged = Vocabulary.of(sentences, min_count=2)
    model = Word2Vec(vector_size=4, min_count=2, epochs=1).fit(sentences)
    tags = {"a": 0, "b": 0, "c": 1, "d": 1}
    scores = skipgram_vs_cbow.grammar(model, judged, tags)
    rows = model.vocabulary.encode(judged)
    share = skipgram_vs_cbow.agreement(model.vectors[rows], torch.tensor([tags[word] for word in judged]))
    by_word = dict(zip(judged, share.tolist(), strict=True))
    assert scores["20 times or more"] == pytest.approx(100 * by_word["a"], abs=0.01)
    assert scores["occurs 5 to 19 times"] == pytest.approx(100 * by_word["b"], abs=0.01)
    assert scores["occurs 2 to 4 times"] == pytest.approx(50 * (by_word["c"] + by_word["d"]), abs=0.01)


def test_the_table_has_a_row_for_each_size_and_method(monkeypatch, tmp_path):
    rows = [
        {"corpus": "brown", "part": part, "seed": seed, "method": method, "words": 1000 // part, "cpu_seconds": 2.0}
        | {"scores": {"few": 10.0 + seed, "many": 20.0}}
        for part in (4, 1)
        for seed in range(3)
        for method in skipgram_vs_cbow.METHODS
    ]
    path = tmp_path / "mail.json"
    path.write_text(json.dumps({"rows": rows}))
    monkeypatch.setattr(runner, "results_path", lambda module: path)
    header, table = skipgram_vs_cbow.summary("brown")
    assert header == ["words read", "method", "few", "many", "CPU time"]
    assert table[0] == ["250", "skip-gram", "11.0 ± 1.0", "20.0 ± 0.0", "2 s"]
    assert [row[:2] for row in table] == [[words, m] for words in ("250", "1,000") for m in skipgram_vs_cbow.METHODS]


def test_results_of_other_settings_are_not_continued(tmp_path):
    path = tmp_path / "mail.json"
    path.write_text(json.dumps({"settings": {}, "rows": []}))
    with pytest.raises(ValueError, match=r"settings: expected those of mail\.json, got others"):
        skipgram_vs_cbow.measure(path)
