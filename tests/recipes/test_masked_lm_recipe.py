"""The masked language model's recipe and table: on a made-up text in place of Wikipedia, and on it where it is."""

import json
import math
from typing import Any

import pytest
import torch

from lecturelib import recipes
from lecturelib.datasets import Dataset, Split, load
from lecturelib.experiments import masked_table, runner
from lecturelib.experiments.masked_table import BANDS, COUNTS, MODEL, UNIGRAM
from lecturelib.recipes import masked_lm, recipe
from lecturelib.recipes.reproduce import settings
from lecturelib.recipes.weights import read_metadata, store_weights
from lecturelib.words import Vocabulary, Word2Vec

NAME = masked_lm.NAME
WORDS = ("a", "b", "c", "d", "\n", "x")  # x is in no vocabulary


def text(n, seed):
    """Runs of a, b, c, d or of d, c, b, a, so that each word follows from those on both its sides."""
    generator = torch.Generator().manual_seed(seed)
    steps = (2 * torch.randint(2, (n // 8,), generator=generator) - 1).repeat_interleave(8)
    x = steps.cumsum(0) % 4
    x[torch.randint(len(x), (n // 20,), generator=generator)] = 4
    x[torch.randint(len(x), (n // 20,), generator=generator)] = 5
    return x


@pytest.fixture
def small(monkeypatch):
    """Four words in place of Wikipedia's."""
    train, valid, test = (Split(text(n, seed)) for n, seed in ((16_000, 0), (3000, 1), (2500, 2)))
    data = Dataset("wikipedia-2014", train, valid, test, title="", licence="", citation="", source="", vocabulary=WORDS)
    counts = dict(zip(WORDS[:5], data.train.x.bincount(minlength=6).tolist(), strict=False)) | {"<rare>": 9}
    own = Vocabulary(counts, unknown=masked_lm.RARE)
    for module in (masked_lm, recipe, masked_table):
        monkeypatch.setattr(module, "load", lambda name: data)
    monkeypatch.setattr(recipe, "checksum", lambda name: "0")
    monkeypatch.setattr(masked_lm, "vocabulary", lambda: own)
    masked_lm._symbols.cache_clear()
    yield data
    masked_lm._symbols.cache_clear()


def test_windows_are_the_text_in_the_models_numbers(small):
    x, own = masked_lm.windows(small.valid), masked_lm.vocabulary()
    typed = ["<rare>" if WORDS[i] == "x" else WORDS[i] for i in small.valid.x.tolist()]
    assert x.shape == (len(typed) // 64, 64)
    assert own.decode(x.flatten()) == typed[: x.numel()]


def test_every_seventh_word_is_masked_unless_it_is_special(small):
    x = masked_lm.windows(small.valid)
    masked = masked_lm.masked_positions(masked_lm.build(None, embedding_dim=8, num_heads=2), x)
    for row, chosen in zip(x, masked, strict=True):
        maskable = [word in "abcd" for word in masked_lm.vocabulary().decode(row)]
        assert chosen.tolist() == [j % 7 == 3 and j < 63 and maskable[j] for j in range(64)]


def test_metric_is_of_the_models_own_probabilities(small, monkeypatch):
    x = masked_lm.windows(small.test)
    model = masked_lm.build(None, embedding_dim=8, num_heads=2)
    masked = masked_lm.masked_positions(model, x)
    log_p = model.log_prob(x, masked).double()
    w = x[masked].long()
    mine = log_p[torch.arange(len(w)), w]
    rank = [(row > row[i]).sum().item() for row, i in zip(log_p, w, strict=True)]
    monkeypatch.setattr(masked_lm, "EVAL_BATCH_SIZE", 5)
    found = masked_lm.predictions(model, x)
    torch.testing.assert_close(found[0], mine, atol=1e-5, rtol=0)
    assert found[1].tolist() == rank
    assert masked_lm.perplexity(model, x) == pytest.approx(math.exp(-mine.mean()), rel=1e-5)
    assert masked_lm.accuracy(model, "cpu") == {"accuracy": pytest.approx(100 * rank.count(0) / len(rank))}


def test_the_untrained_model_knows_how_frequent_the_words_are(small):
    counts = masked_lm.vocabulary().counts + 0.5
    torch.testing.assert_close(masked_lm.build(None, embedding_dim=8, num_heads=2).b.softmax(0), counts / counts.sum())


def test_it_can_start_from_vectors_of_word2vec(small):
    """Those of words, centred, as large as the random ones; one text alone, as where weights are loaded, has none."""
    x, own = masked_lm.windows(small.train), masked_lm.vocabulary()
    found = Word2Vec(model="cbow", vector_size=8, epochs=2, min_count=1).fit([own.decode(row) for row in x])
    vectors = found.vectors - found.vectors.mean(dim=0)
    for train, learnt in ((x, True), (x[:1], False)):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            E = masked_lm.build(train, word2vec_epochs=2, embedding_dim=8, num_heads=2).E.detach()
        ratio = E[own.encode(found.vocabulary)] / vectors
        assert (ratio.std() < 1e-4 * ratio.mean()) == learnt
        assert E.std() == pytest.approx(0.05, rel=0.3)


@pytest.mark.slow
def test_a_run_learns_and_repeats_with_its_seed(small):
    first, again, other = (recipes.run(NAME, "smoke", seed=seed) for seed in (0, 0, 1))
    values = [masked_lm.perplexity(done.model, done.test) for done in (first, again, other)]
    assert values[0] == values[1] != values[2]
    untrained = masked_lm.build(None, **recipes.get(NAME).budgets["smoke"].sizes)
    assert max(values) < 0.8 * masked_lm.perplexity(untrained, first.test)


def test_validation_selects_the_same_words_each_time(small):
    x, model = masked_lm.windows(small.valid), masked_lm.build(None, embedding_dim=8, num_heads=2).eval()
    budget = recipes.get(NAME).budgets["smoke"]
    assert masked_lm.nats_per_word(model, x, budget) == masked_lm.nats_per_word(model, x, budget)
    model.train()
    assert masked_lm.nats_per_word(model, x, budget) != masked_lm.nats_per_word(model, x, budget)


def test_the_learning_rate_rises_then_falls():
    steps = torch.linspace(0, 1, 101).tolist()
    sizes = [masked_lm.warmup_linear_decay(step) for step in steps]
    assert sizes[0] == 0
    assert sizes[100] == pytest.approx(0)
    assert sizes.index(max(sizes)) == 5
    assert max(sizes) == pytest.approx(1)
    assert sizes[5:] == sorted(sizes[5:], reverse=True)


@pytest.fixture
def stored(small, tmp_path, monkeypatch):
    """A small trained model in place of the stored one."""
    monkeypatch.setattr("lecturelib.recipes.weights.data_dir", lambda: tmp_path)
    (tmp_path / "weights").mkdir()
    done = recipes.run(NAME, "smoke")
    store_weights(recipes.get(NAME), done.model, {"budget": "smoke", "seed": 0, "hardware": "a test"})
    return small


@pytest.mark.slow
def test_the_table_compares_on_the_same_words(stored, tmp_path):
    content = masked_table.measure(tmp_path / "a.json")
    assert content == json.loads((tmp_path / "a.json").read_text())
    assert [row["model"] for row in content["rows"]] == [UNIGRAM, COUNTS, MODEL]
    unigram, counts, model = (row["scores"] for row in content["rows"])
    test = masked_lm.windows(stored.test)
    net = recipes.load_model(NAME)
    _, word, _ = masked_table.contexts(net, test)
    assert content["masked words"] == len(word) == int(masked_lm.masked_positions(net, test).sum())
    assert torch.equal(word, test[masked_lm.masked_positions(net, test)].long())
    assert model["perplexity"] == pytest.approx(masked_lm.perplexity(net, test), abs=0.01)
    common = masked_lm.windows(stored.train).flatten()[1:-1].long().bincount(minlength=6) * net.maskable[:6]
    assert unigram["right"] == pytest.approx(100 * float((word == common.argmax()).double().mean()), abs=0.01)
    assert unigram["perplexity"] == pytest.approx(
        math.exp(-(common / common.sum())[word].log().double().mean()), abs=0.01
    )
    assert counts["perplexity"] < unigram["perplexity"]
    assert all(row["among ten"] == 100 for row in (unigram, counts, model)), "there are four words"


def test_a_model_that_cannot_tell_words_apart_is_not_right():
    """Of equal scores the more frequent word comes first, so that only the most frequent one is found."""
    w = torch.arange(50)
    assert torch.equal(masked_lm.ranks(torch.zeros(50, 50), w), w)
    scores = torch.tensor([[0.5, 0.1, 0.5, 0.5, 0.9]]).expand(5, 5)
    assert masked_lm.ranks(scores, torch.arange(5)).tolist() == [1, 4, 2, 3, 0]


def test_scores_by_hand():
    log_p, rank = torch.tensor([0.5, 0.25, 0.125, 0.5]).double().log(), torch.tensor([0, 3, 12, 0])
    found = masked_table.scores(log_p, rank, torch.tensor([0, 99, 100, 5000]))
    assert found == {
        "perplexity": round(2**1.75, 2),
        "right": 50,
        "among ten": 75,
        "0-100": 50,
        "100-1000": 0,
        "1000-8000": 100,
    }


@pytest.mark.usefixtures("plain_errors")
def test_absent_results_are_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "results_dir", lambda: tmp_path)
    with pytest.raises(
        ValueError, match=r"^results: expected masked-table.json, got no such file; run `python -m .*`$"
    ):
        masked_table.summary()


def test_the_stored_table_is_whole_and_of_the_stored_weights():
    content, stored = runner.read(masked_table.__name__), read_metadata(recipes.get(NAME))
    assert content["settings"] == json.loads(json.dumps(settings(recipes.get(NAME).budgets[stored["budget"]])))
    assert [row["model"] for row in content["rows"]] == [UNIGRAM, COUNTS, MODEL]
    assert content["rows"][2]["scores"]["perplexity"] == pytest.approx(stored["metrics"]["test"], abs=0.02)
    header, lines = masked_table.summary()
    assert {len(header)} == {len(line) for line in lines} == {4 + len(BANDS)}


def test_the_stored_model_has_the_words_that_it_was_trained_with():
    model = recipes.load_model(NAME)
    assert model.vocabulary is masked_lm.vocabulary()
    assert len(model.vocabulary) == 8000
    assert model.vocabulary.unknown == masked_lm.RARE
    (found,) = model.fill("paris is the capital of [MASK]", top=5)
    assert all(word in model.vocabulary for word, _ in found)


@pytest.mark.slow  # it reads 17 million words
@pytest.mark.needs_data("wikipedia-2014")
def test_the_words_in_the_file_are_the_most_frequent_of_the_training_split():
    data: Any = load("wikipedia-2014")
    counts = data.train.x.bincount(minlength=len(data.vocabulary)).tolist()
    by_count = sorted(zip(data.vocabulary, counts, strict=True), key=lambda pair: (-pair[1], pair[0]))
    expected = dict(by_count[:7999]) | {masked_lm.RARE: sum(n for _, n in by_count[7999:])}
    own = masked_lm.vocabulary()
    assert dict(zip(own, own.counts.tolist(), strict=True)) == expected
