"""The neural language model's recipe and table: on a made-up corpus in place of Brown, and on Brown where it is."""

import json
import math
from dataclasses import replace

import pytest
import torch

from lecturelib import recipes
from lecturelib.datasets import Dataset, Split, load
from lecturelib.experiments import brown_table, runner
from lecturelib.experiments.brown_table import INTERPOLATED, KNESER_NEY, LONGER, NEURAL, PAPER
from lecturelib.recipes import neural_lm, recipe
from lecturelib.recipes.reproduce import settings
from lecturelib.recipes.weights import read_metadata

COMMON = ["b", "a", "c", "\n"]
RARE_WORDS = ["x", "y", "z", "w"]
NAME = "neural-lm-brown"


def corpus(tokens, seed):
    """Made by a rule with exceptions: a, b, c in turn; now and then a rare word or the end of a paragraph instead."""
    generator = torch.Generator().manual_seed(seed)
    text = ["abc"[i % 3] for i in range(tokens)]
    for i in torch.randint(tokens, (tokens // 10,), generator=generator).tolist():
        text[i] = "\n"
    return text


@pytest.fixture
def small(monkeypatch):
    """A corpus of few words in place of Brown; x comes 3 times in all and is rare, w never."""
    vocabulary = (*RARE_WORDS, *COMMON)
    train, valid, test = corpus(600, 0), corpus(150, 1), corpus(130, 2)
    train[5] = train[6] = valid[7] = "x"
    test[8] = "y"
    test[9] = "z"
    a, b, c = (Split(torch.tensor([vocabulary.index(word) for word in text])) for text in (train, valid, test))
    data = Dataset("brown", a, b, c, title="", licence="", citation="", source="", vocabulary=vocabulary)
    for module in (neural_lm, recipe, brown_table):
        monkeypatch.setattr(module, "load", lambda name: data)
    monkeypatch.setattr(recipe, "checksum", lambda name: "0")
    monkeypatch.setattr(neural_lm, "SYMBOLS", 5)
    clear()
    yield train, valid, test, data
    clear()


def clear():
    neural_lm.brown_vocabulary.cache_clear()
    neural_lm._symbols.cache_clear()


def test_words_that_come_three_times_at_most_are_one_symbol(small):
    train, valid, test, data = small
    vocabulary = neural_lm.brown_vocabulary()
    text = [*train, *valid, *test]
    frequent = sorted("abc\n", key=lambda word: (-text.count(word), word))
    assert vocabulary.words == (*frequent, "<rare>")
    assert vocabulary.counts.tolist() == [*map(text.count, frequent), 5]
    for typed, split in ((train, data.train), (valid, data.valid), (test, data.test)):
        expected = [word if word in frequent else "<rare>" for word in typed]
        assert vocabulary.decode(neural_lm.merged(split)) == expected


def test_contexts_are_each_token_behind_four(small):
    text, x = neural_lm.merged(small[3].train).tolist(), neural_lm.contexts(small[3].train)
    padded = [-1] * 4 + text
    assert x.tolist() == [padded[i : i + 5] for i in range(len(text))]


def test_loss_and_metric_are_of_the_models_own_log_prob(small):
    x, text = neural_lm.contexts(small[3].valid), neural_lm.merged(small[3].valid)
    model = neural_lm.build(x, embedding_dim=3, hidden_size=4)
    log_p = model.log_prob(text).detach()
    torch.testing.assert_close(neural_lm.nats_per_token(model, x, recipes.get(NAME).budgets["smoke"]), -log_p.mean())
    torch.testing.assert_close(neural_lm.log_prob(model, x), log_p)
    assert neural_lm.perplexity(model, x) == pytest.approx(model.perplexity(text), rel=1e-6)
    assert neural_lm.perplexity(model, x[::2]) == pytest.approx(math.exp(-log_p[::2].mean()), rel=1e-6)


def test_the_untrained_model_knows_how_frequent_the_words_are(small):
    x = neural_lm.contexts(small[3].train)
    model = neural_lm.build(x, embedding_dim=3, hidden_size=4)
    share = torch.stack([(x[:, -1] == symbol).sum() + 0.5 for symbol in range(5)]) / (len(x) + 2.5)
    torch.testing.assert_close(model.b.softmax(0), share)


def test_a_run_learns_and_repeats_with_its_seed(small):
    first, again, other = (recipes.run(NAME, "smoke", seed=seed) for seed in (0, 0, 1))
    untrained = neural_lm.build(first.train, **recipes.get(NAME).budgets["smoke"].sizes)
    perplexities = [neural_lm.perplexity(done.model, done.test) for done in (first, again, other)]
    assert perplexities[0] == perplexities[1] != perplexities[2]
    assert max(perplexities) < 0.85 * neural_lm.perplexity(untrained, first.test)
    assert math.exp(first.history.best_valid) == pytest.approx(neural_lm.perplexity(first.model, first.valid), rel=1e-4)


def test_measure_makes_the_table_and_goes_on_where_it_was_stopped(small, tmp_path, monkeypatch):
    path, runs = tmp_path / "experiments" / "a.json", tmp_path / "runs"
    brown_table.measure(path, [0], budget="smoke", runs=runs)
    trained, real = [], recipes.run

    def counted(*arguments, seed, **named):
        trained.append(seed)
        return real(*arguments, seed=seed, **named)

    monkeypatch.setattr(recipes, "run", counted)
    content = brown_table.measure(path, [0, 1], budget="smoke", runs=runs)
    assert trained == [1]
    assert content == json.loads(path.read_text())
    assert [p.name for p in path.parent.iterdir()] == ["a.json"]
    assert {p.name for p in runs.iterdir()} == {f"{NAME}-smoke-{seed}.checkpoint" for seed in (0, 1)}

    run = real(NAME, "smoke", seed=1)
    train, valid, test = (neural_lm.merged(split) for split in (small[3].train, small[3].valid, small[3].test))
    p = run.model.log_prob(test).detach().double().exp()
    trigram = brown_table.ngrams(train, valid)[INTERPOLATED]
    q = trigram.log_prob(test).exp()
    rows = {(row["model"], row["seed"]): row for row in content["rows"]}
    assert len(rows) == len(content["rows"]) == 3 + 2 * 5
    expected = {(NEURAL, 1): p, (f"half {NEURAL}, half {INTERPOLATED}", 1): (p + q) / 2, (INTERPOLATED, None): q}
    for key, value in expected.items():
        assert rows[key]["test"] == pytest.approx(math.exp(-value.log().mean()), abs=0.02)
    for name in (INTERPOLATED, KNESER_NEY):
        assert rows[f"{NEURAL} and {name}, weighted", 0]["valid"] <= rows[f"half {NEURAL}, half {name}", 0]["valid"]


def test_rows_of_other_settings_are_not_mixed(small, tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    brown_table.measure(path, [], budget="smoke")
    changed = replace(recipes.get(NAME), budgets={"smoke": replace(recipes.get(NAME).budgets["smoke"], epochs=7)})
    monkeypatch.setitem(recipes.RECIPES, NAME, changed)
    with pytest.raises(ValueError, match=r"^settings: expected those of a.json, got others; remove the file"):
        brown_table.measure(path, [], budget="smoke")


@pytest.mark.usefixtures("plain_errors")
def test_absent_results_are_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "results_dir", lambda: tmp_path)
    with pytest.raises(ValueError, match=r"^results: expected brown-table.json, got no such file; run `python -m .*`$"):
        brown_table.summary()


def stored():
    return runner.read(brown_table.__name__)


def of(model):
    """The rows of one model, seed by seed."""
    return [row for row in stored()["rows"] if row["model"] == model]


def test_the_stored_table_is_whole_and_of_the_settings_as_they_are():
    content = stored()
    assert content["settings"] == json.loads(json.dumps(settings(recipes.get(NAME).budgets["gpu"])))
    assert content["symbols"] == neural_lm.SYMBOLS
    assert content["paper"] == PAPER
    for model in PAPER:
        assert [row["seed"] for row in of(model)] == ([0, 1, 2] if NEURAL in model else [None])


@pytest.mark.parametrize("other", [INTERPOLATED, KNESER_NEY])
def test_the_papers_order_holds_with_every_seed(other):
    """Half a neural net and half an n-gram beat the best n-gram and the net; 270 on test is the aim set beforehand."""
    for mixed, net in zip(of(f"half {NEURAL}, half {other}"), of(NEURAL), strict=True):
        for part in ("valid", "test"):
            assert mixed[part] < min(of(name)[0][part] for name in (INTERPOLATED, KNESER_NEY, LONGER))
            assert mixed[part] < net[part]
        assert mixed["test"] <= 270


def test_the_table_shows_mean_and_spread_beside_the_paper(monkeypatch, tmp_path):
    rows = [{"model": INTERPOLATED, "seed": None, "valid": 357.36, "test": 330.1}]
    rows += [{"model": NEURAL, "seed": seed, "valid": 320.0 + seed, "test": 290.0 + 2 * seed} for seed in range(3)]
    rows += [{"model": "weighted", "seed": None, "valid": 1.0, "test": 2.0}]
    runner.write(tmp_path / "experiments" / "brown-table.json", {"rows": rows, "paper": PAPER})
    monkeypatch.setattr(runner, "results_dir", lambda: tmp_path)
    header, table = brown_table.summary()
    assert header == ["model", "valid", "paper, valid", "test", "paper, test"]
    assert table == [
        [INTERPOLATED, "357.4", "352", "330.1", "336"],
        [NEURAL, "321.0 ± 1", "280", "292.0 ± 2", "276"],
        ["weighted", "1.0", "—", "2.0", "—"],
    ]


@pytest.mark.needs_data("brown")
def test_brown_has_the_papers_split_and_as_many_symbols_as_the_recipe_says():
    data = load("brown")
    assert [len(split) for split in (data.train, data.valid)] == [800_000, 200_000]
    vocabulary = neural_lm.brown_vocabulary()
    assert len(vocabulary) == neural_lm.SYMBOLS
    assert (
        vocabulary.counts[[i for i, word in enumerate(vocabulary) if word != neural_lm.RARE]].min()
        == neural_lm.FREQUENT
    )
    assert int(neural_lm.merged(data.test).max()) < neural_lm.SYMBOLS


@pytest.mark.slow
@pytest.mark.needs_data("brown")
def test_the_tables_ngrams_come_out_again():
    train, valid, test = (
        neural_lm.merged(split) for split in (load("brown").train, load("brown").valid, load("brown").test)
    )
    for name, model in brown_table.ngrams(train, valid).items():
        assert model.perplexity(valid) == pytest.approx(of(name)[0]["valid"], abs=0.02)
        assert model.perplexity(test) == pytest.approx(of(name)[0]["test"], abs=0.02)


@pytest.mark.slow
@pytest.mark.needs_data("brown")
def test_the_stored_net_and_the_trigram_reach_270_together():
    model, data = recipes.load_model(NAME), load("brown")
    train, valid, test = (neural_lm.merged(split) for split in (data.train, data.valid, data.test))
    with torch.no_grad():
        log_p = model.log_prob(test).double()
    stored = read_metadata(recipes.get(NAME))
    assert math.exp(-log_p.mean()) == pytest.approx(stored["metrics"]["test"], abs=0.01)
    trigram = brown_table.ngrams(train, valid)[INTERPOLATED].log_prob(test)
    perplexity = math.exp(-words_mixed(log_p, trigram).mean())
    half = of(f"half {NEURAL}, half {INTERPOLATED}")[stored["seed"]]
    assert perplexity == pytest.approx(half["test"], abs=0.2), "half precision costs little"
    assert perplexity <= 270


def words_mixed(log_p, log_q):
    return ((log_p.exp() + log_q.exp()) / 2).log()
