"""NGram: probabilities that sum to one and equal those of dictionaries, of nltk, and of the best possible weights."""

import itertools
import math
from collections import Counter
from functools import partial
from typing import Any

import pytest
import torch
from nltk.lm import KneserNeyInterpolated  # type: ignore[import-untyped]
from nltk.util import everygrams  # type: ignore[import-untyped]

from lecturelib.datasets import load
from lecturelib.words.ngram import NGram

V = 6  # of which the last never comes
X = torch.tensor([0, 1, 2, 0])
SMOOTHINGS = ["none", "interpolated", "kneser-ney"]
new: Any = NGram  # for arguments that a type checker would refuse
exactly = partial(torch.testing.assert_close, rtol=0, atol=0)
close = partial(torch.testing.assert_close, rtol=0, atol=1e-12)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def text(length=120, seed=0, tokens=V - 1):
    """Tokens of falling frequency, each likelier after itself: some n-grams come often, many never."""
    x = torch.multinomial(1 / torch.arange(1.0, tokens + 1) ** 1.5, length, True, generator=generator(seed))
    for i in range(1, length):
        if torch.rand((), generator=generator(seed + i)) < 0.3:
            x[i] = x[i - 1]
    return x


def fitted(order, smoothing, x=None, **arguments):
    x = text() if x is None else x
    model = NGram(order, V, smoothing=smoothing, **arguments)
    return model.fit(x, text(90, seed=7)) if smoothing == "interpolated" else model.fit(x)


def contexts(longest):
    return [torch.tensor([*itertools.product(range(V), repeat=n)], dtype=torch.long) for n in range(longest + 1)]


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_sum_to_one_after_every_context(order, smoothing):
    """Seen and unseen ones, too short and too long ones, and those that only ended the text."""
    model = fitted(order, smoothing)
    for context in contexts(order):
        p = model.probabilities(context)
        assert p.shape == (len(context), V)
        close(p.sum(dim=1), torch.ones(len(p), dtype=torch.float64))
        assert p.min() > 0 if smoothing != "none" else p.min() == 0


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_log_prob_is_the_sum_of_the_logs_of_the_probabilities(order, smoothing):
    model = fitted(order, smoothing)
    x = torch.cat([text(30, seed=3, tokens=V), text()[:20]])
    nats = model.log_prob(x)
    expected = torch.stack([model.probabilities(x[:i])[x[i]].log() for i in range(len(x))])
    close(nats, expected)
    mean = nats.sum().item() / len(x)
    assert model.perplexity(x) == pytest.approx(math.exp(-mean), rel=1e-12)
    assert model.bits_per_token(x) == pytest.approx(-mean / math.log(2), rel=1e-12)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_only_the_last_tokens_of_a_context_are_read_and_those_of_many_at_once(smoothing):
    model, unigram, x = fitted(3, smoothing), fitted(1, smoothing), text(seed=5).view(2, 3, -1)
    p = model.probabilities(x)
    for i, j in itertools.product(range(2), range(3)):
        exactly(p[i, j], model.probabilities(x[i, j]))
        exactly(p[i, j], model.probabilities(x[i, j, -2:]))
    exactly(unigram.probabilities(x), unigram.probabilities(x[..., :0]))
    assert not torch.allclose(model.probabilities(x[..., -1:]), p)


def grams(x, k):
    return [tuple(x[i : i + k]) for i in range(len(x) - k + 1)]


def counted(x, order):
    return {k: Counter(grams(x, k)) for k in range(1, order + 1)}


def preceded(x, k):
    """Of how many different tokens each k-gram comes after one."""
    return Counter(gram[1:] for gram in set(grams(x, k + 1)))


def by_hand(context, counts_of, discount_of):
    """p_n(w | context) as the file's docstring has it, with dictionaries: counts_of[k] and discount_of(k, count)."""
    p = [1 / V] * V
    for k, counts in counts_of.items():
        if k - 1 > len(context):
            break
        c = [counts[(*context[len(context) - k + 1 :], w)] for w in range(V)]
        D = [min(discount_of(k, c_w), c_w) for c_w in c]
        if sum(c):
            p = [(c[w] - D[w]) / sum(c) + sum(D) / sum(c) * p[w] for w in range(V)]
    return torch.tensor(p, dtype=torch.float64)


def assert_equal_by_hand(model, counts_of, discount_of):
    for context in contexts(3):
        close(model.probabilities(context), torch.stack([by_hand(h, counts_of, discount_of) for h in context.tolist()]))


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_maximum_likelihood_is_the_ratio_of_counts(order):
    x = text().tolist()
    assert_equal_by_hand(fitted(order, "none"), counted(x, order), lambda k, c: 0)


@pytest.mark.parametrize("discount", [None, 0.75, 0.0])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_kneser_ney_equals_dictionaries(order, discount):
    x = text(400).tolist()
    counts = counted(x, order) | {k: preceded(x, k) for k in range(1, order)}
    modified = {}
    for k, counts_k in counts.items():
        n = Counter(counts_k.values())
        Y = n[1] / max(n[1] + 2 * n[2], 1)
        modified[k] = [0] + [j - (j + 1) * Y * n[j + 1] / max(n[j], 1) for j in (1, 2, 3)]
        if min(n[1], n[2], n[3], n[4], *modified[k][1:]) <= 0:
            modified[k] = [0, 0.5, 1.0, 1.5]
    assert order < 4 or modified[1] == [0, 0.5, 1.0, 1.5] != modified[4]  # both cases are met
    model = fitted(order, "kneser-ney", torch.tensor(x), discount=discount)
    assert_equal_by_hand(model, counts, lambda k, c: modified[k][min(c, 3)] if discount is None else discount)


@pytest.mark.parametrize("discount", [0.1, 0.75])
@pytest.mark.parametrize("order", [2, 3, 4])
def test_kneser_ney_equals_nltk(order, discount):
    """On a text where no n-gram has nothing before it (else nltk's do not sum to 1), nor a token is missing (nltk does
    not discount single ones)."""
    x = [*range(V), *text(80).tolist(), *range(V)]
    theirs = KneserNeyInterpolated(order, discount=discount)
    theirs.fit([everygrams([*map(str, x)], max_len=order)], vocabulary_text=map(str, x))
    ours = fitted(order, "kneser-ney", torch.tensor(x), discount=discount)
    for context in contexts(2):
        expected = [[theirs.score(str(w), tuple(map(str, h))) for w in range(V)] for h in context.tolist()]
        close(ours.probabilities(context), torch.tensor(expected, dtype=torch.float64))
    y = text(40, seed=9, tokens=V)
    pieces = [tuple(map(str, y[max(0, i - order + 1) : i + 1].tolist())) for i in range(len(y))]
    assert ours.perplexity(y) == pytest.approx(theirs.perplexity(pieces), rel=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_weights_of_the_interpolation_are_the_best_for_the_held_out_text(order):
    """No weights on a grid are better; and none at all, as max_k mean(p_k / p) bounds what can be gained."""
    x, y = text(), text(90, seed=7)
    p = torch.stack(
        [torch.full((90,), 1 / V).double()] + [fitted(k, "none").log_prob(y).exp() for k in range(1, order + 1)], 1
    )
    followed = Counter(gram[:-1] for gram in grams(x.tolist(), order))
    came = torch.tensor([followed[tuple(y[max(0, i - order + 1) : i].tolist())] for i in range(90)])
    bucket = (-((1 + came) / len(x)).log()).ceil().clamp(min=0)
    grid = torch.tensor([g for g in itertools.product(range(21), repeat=order + 1) if sum(g) == 20]).double() / 20
    nats = fitted(order, "interpolated").log_prob(y)
    for b in bucket.unique():
        p_b, nats_b = p[bucket == b], nats[bucket == b]
        assert nats_b.mean() >= (p_b @ grid.T).log().mean(dim=0).max() - 1e-3
        assert 1 - 1e-12 <= (p_b / nats_b.exp()[:, None]).mean(dim=0).max() < 1 + 1e-2
    for smaller in range(1, order):
        assert nats.sum() > fitted(smaller, "interpolated").log_prob(y).sum()


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_frequencies_of_samples_are_the_probabilities(smoothing):
    model, n = fitted(3, smoothing), 3000
    for prompt, temperature in ([0, 1], 1.0), ([], 1.0), ([0, 0, 1, 0], 2.0):
        prompts = torch.tensor(prompt, dtype=torch.long).expand(n, -1)
        drawn = model.sample(prompts, 1, temperature=temperature, generator=generator())[:, -1]
        p = model.probabilities(prompts[0]) ** (1 / temperature)
        expected, counts = (n * p / p.sum())[p > 0], torch.bincount(drawn, minlength=V)
        assert counts[p == 0].sum() == 0
        assert ((counts[p > 0] - expected) ** 2 / expected).sum() < 25  # chance: one in 7,000 (5 degrees of freedom)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_samples_keep_the_prompt_follow_the_model_and_depend_on_the_generator_alone(smoothing):
    model, prompt = fitted(2, smoothing), text(5)[None].repeat(3, 1)
    texts = model.sample(prompt, 40, generator=generator(1))
    assert texts.shape == (3, 45)
    exactly(texts[:, :5], prompt)
    exactly(model.sample(prompt, 40, generator=generator(1)), texts)
    assert not torch.equal(model.sample(prompt, 40, generator=generator(2)), texts)
    assert smoothing != "none" or all(model.perplexity(row) < math.inf for row in texts)  # only pairs that came
    likeliest = model.sample(prompt[:1], 10, temperature=0)[0]
    assert all(likeliest[i] == model.probabilities(likeliest[:i]).argmax() for i in range(5, 15))


def test_an_unseen_ngram_is_impossible_unless_smoothed():
    x, y = torch.tensor([0, 1, 2, 0, 1, 3]), torch.tensor([0, 2, 4])
    model = NGram(2, 5).fit(x)
    assert model.log_prob(y[:2]).tolist() == [math.log(2 / 6), -math.inf]
    assert model.perplexity(y) == model.bits_per_token(y) == math.inf
    assert model.probabilities(torch.tensor([1])).tolist() == [0, 0, 0.5, 0.5, 0]
    for never_followed in 3, 4:
        exactly(model.probabilities(torch.tensor([never_followed])), model.probabilities(x[:0]))
    for smoothed in NGram(2, 5, smoothing="kneser-ney").fit(x), NGram(2, 5, smoothing="interpolated").fit(x, x[1:4]):
        assert smoothed.perplexity(y) < math.inf


def test_the_lookup_table_is_large_and_nearly_empty():
    x, y = text(300).tolist(), text(100, seed=4).tolist()
    model = fitted(4, "none", torch.tensor(x))
    assert model.table_size == V**4
    assert NGram(10, 100_000).table_size == 10**50
    assert model.distinct == tuple(len(set(grams(x, k))) for k in (1, 2, 3, 4))
    shares = model.seen_share(torch.tensor(y)).tolist()
    for k, share in enumerate(shares, start=1):
        assert share == pytest.approx(sum(gram in grams(x, k) for gram in grams(y, k)) / (101 - k), abs=1e-15)
    assert 0 < shares[3] < 1


def test_many_tokens_and_long_ngrams_do_not_overflow():
    """(10^9)^12 is far beyond 64 bits; the packed numbers are not."""
    V = 10**9
    x = torch.randint(V, (50,), generator=generator())[torch.randint(50, (400,), generator=generator(1))]
    model = NGram(12, V).fit(x)
    assert model.distinct == tuple(len(set(grams(x.tolist(), k))) for k in range(1, 13))
    assert model.seen_share(x).tolist() == [1] * 12
    assert model.log_prob(x).isfinite().all()


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_integers_of_any_width_are_the_same_text_and_fit_starts_afresh(smoothing):
    x, y = text(), text(50, seed=3)
    expected = fitted(3, smoothing, x).log_prob(y)
    for dtype in torch.uint8, torch.int32:
        model = fitted(3, smoothing, x.to(dtype))
        exactly(model.log_prob(y.to(dtype)), expected)
        assert model.sample(x.to(dtype)[None, :3], 2).dtype == torch.int64
        model.fit(text(seed=11), *([y] if smoothing == "interpolated" else []))
        assert not torch.equal(model.log_prob(y), expected)


@pytest.mark.slow
def test_shakespeares_characters():
    data = load("shakespeare")
    assert data.vocabulary is not None
    model = NGram(5, len(data.vocabulary), smoothing="kneser-ney").fit(data.train.x)
    assert 2.0 < model.bits_per_token(data.test.x) < 2.1
    assert model.probabilities(data.test.x[:99]).sum().item() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (lambda: new(0, V), ValueError, "order: expected a positive integer, got 0"),
        (lambda: new(2, V, smoothing="laplace"), ValueError, "smoothing: expected one of none, interp.*got 'laplace'"),
        (lambda: new(2, V, discount=0.5), ValueError, "discount: expected None for smoothing='none', got 0.5"),
        (lambda: new(2, V, smoothing="kneser-ney", discount=1.5), ValueError, "discount: expected .* got 1.5"),
        (lambda: new(2, V).fit([0, 1]), TypeError, "x: expected integers from 0 to 5, .*, got list"),
        (lambda: new(2, V).fit(X > 0), TypeError, r"x: expected integers from 0 to 5, .*, got torch.bool"),
        (lambda: new(2, V).fit(X.to("meta")), TypeError, "x: expected .* on the CPU, got torch.int64 on meta"),
        (lambda: new(5, V).fit(X), ValueError, r"x: expected .*at least 5 of them, got \[4\]"),
        (lambda: new(2, 2).fit(X), ValueError, "x: expected integers from 0 to 1, .*got 0 to 2"),
        (lambda: new(2, V).fit(X - 1), ValueError, "x: expected integers from 0 to 5, .*got -1 to 1"),
        (lambda: new(2, V, smoothing="interpolated").fit(X), ValueError, "held_out: expected another text.*got None"),
        (lambda: new(2, V, smoothing="interpolated").fit(X, X.clone()), ValueError, "held_out: .*another text than x"),
        (lambda: new(2, V).fit(X, X[1:]), ValueError, "held_out: expected None where smoothing is 'none', got a text"),
        (lambda: new(2, V).log_prob(X), RuntimeError, "call fit"),
        (lambda: new(2, V).fit(X.to(torch.uint16)), TypeError, r"got torch.uint16 on cpu; write .long\(\)"),
        (lambda: new(2, V).fit(X).sample(X[None], 1, generator=1), TypeError, "generator: expected a torch.Generator"),
        (lambda: new(2, V).fit(X).probabilities(X + V), ValueError, "context: expected integers from 0 to 5"),
        (lambda: new(2, V).fit(X).sample(X, 1), ValueError, r"prompt: expected .*\[batch, time\].*, got \[4\]"),
        (lambda: new(2, V).fit(X).sample(X[None], 0), ValueError, "n: expected a positive integer, got 0"),
        (lambda: new(2, V).fit(X).sample(X[None], 1, temperature=-1), ValueError, "temperature: expected .* got -1"),
    ],
)
def test_bad_arguments_are_named(plain_errors, run, error, message):
    with pytest.raises(error, match=message) as caught:
        run()
    assert "\n" not in str(caught.value)
