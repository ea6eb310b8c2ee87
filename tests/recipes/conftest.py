"""What the tests of recipes and experiments share: one copy of each data set, and probes with a single penalty."""

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from small_tasks import TEXT, glove, sentences, tagged

from lecturelib import datasets, experiments
from lecturelib.experiments import embedding_scores, word_features, word_tasks
from lecturelib.recipes import probes

kept = lru_cache(3)(datasets.load)  # the sets read last


@pytest.fixture(scope="module", autouse=True)
def one_copy_of_each_data_set() -> Iterator[None]:
    """Read a set once for all tests of this folder; none of them changes one in place."""
    experiments.load_all()
    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            here = name.startswith("test_") and Path(str(module.__file__)).parent == Path(__file__).parent
            ours = here or name.startswith(("lecturelib.recipes", "lecturelib.experiments"))
            if ours and vars(module).get("load") is datasets.load:
                patch.setattr(module, "load", kept)
        yield


@pytest.fixture(autouse=True)
def one_penalty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let probes of networks that have hardly been trained not choose among penalties: tests/test_probing.py does."""
    monkeypatch.setattr(probes, "PENALTIES", probes.PENALTIES[-1:])


@pytest.fixture
def small_tasks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the tasks on words read small sets."""
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
