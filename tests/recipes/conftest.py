"""What the tests of the tasks on words share."""

import pytest
from small_tasks import TEXT, glove, sentences, tagged

from lecturelib.experiments import embedding_scores, word_features, word_tasks


@pytest.fixture
def small_tasks(monkeypatch):
    new = TEXT.replace("Paris", "zz")
    sets = {"rt-polarity": sentences(), "ud-ewt": tagged(" ".join(5 * [TEXT]), TEXT, new), "glove-50d": glove()}
    sets["wnut17"] = sets["ud-ewt"]
    monkeypatch.setattr(word_features, "load", sets.__getitem__)
    monkeypatch.setattr(word_tasks, "load", sets.__getitem__)
    monkeypatch.setattr(embedding_scores, "load", sets.__getitem__)
    monkeypatch.setitem(word_features.SETTINGS, "epochs", dict.fromkeys(word_features.TASKS, 2))
    word_features.task_parts.cache_clear()
    yield
    word_features.task_parts.cache_clear()
