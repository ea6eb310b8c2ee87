"""What FVSBN and NADE have in common, checked by enumeration, structure and recomputation."""

import itertools

import numpy as np
import pytest
import torch

from lecturelib import checks
from lecturelib.autoregressive import FVSBN, NADE

DIM = 10
MODELS = {
    "fvsbn": lambda dim: FVSBN(dim),
    "nade": lambda dim: NADE(dim, 7),
    "untied nade": lambda dim: NADE(dim, 7, tied=False),
}


@pytest.fixture(params=MODELS)
def make(request):
    """A factory of models in float64 with weights large enough that the context matters."""

    def build(dim=DIM, scale=2.0):
        model = MODELS[request.param](dim).double()
        generator = torch.Generator().manual_seed(1)
        for p in model.parameters():
            p.data = scale * torch.randn(p.shape, generator=generator, dtype=p.dtype)
        return model

    return build


def states(dim=DIM):
    return torch.tensor(list(itertools.product([0.0, 1.0], repeat=dim)), dtype=torch.float64)


def bits(n, dim=DIM, seed=0):
    return torch.randint(0, 2, (n, dim), generator=torch.Generator().manual_seed(seed)).double()


@pytest.mark.parametrize("scale", [0.5, 2.0, 8.0])
def test_probabilities_of_all_states_sum_to_one(make, scale):
    total = make(scale=scale).log_prob(states()).exp().sum()
    assert total.item() == pytest.approx(1, abs=1e-9)


def test_probabilities_sum_to_one_in_single_precision(make):
    total = make().float().log_prob(states().float()).exp().sum()
    assert total.item() == pytest.approx(1, abs=1e-5)


def test_log_prob_is_the_chain_rule_over_conditionals(make):
    model, x = make(), bits(20)
    p = model.conditionals(x)
    by_hand = torch.where(x == 1, p, 1 - p).log().sum(1)
    torch.testing.assert_close(model.log_prob(x), by_hand)


def test_conditionals_equal_ratios_of_enumerated_marginals(make):
    """p(x_i = 1 | x_{<i}) from the joint alone: sum out what follows."""
    model, everything = make(6), states(6)
    joint = model.log_prob(everything).exp().reshape([2] * 6)
    p = model.conditionals(everything).reshape([2] * 6 + [6])
    for i in range(6):
        marginal = joint.sum(dim=tuple(range(i + 1, 6))) if i < 5 else joint
        given = marginal / marginal.sum(dim=i, keepdim=True)
        ours = p[..., i].movedim(list(range(i)), list(range(i))).reshape(2**i, 2 ** (6 - i))
        torch.testing.assert_close(given.select(i, 1).reshape(2**i), ours[:, 0])


def test_a_conditional_does_not_depend_on_its_own_pixel_or_later_ones(make):
    """Structural: whatever stands from pixel i on, conditional i keeps the same bits; pixel i-1 does change it."""
    model = make()
    for i in range(DIM):
        x = bits(16, seed=3)
        y = x.clone()
        y[:, i:] = 1 - y[:, i:]
        assert torch.equal(model.conditionals(x)[:, : i + 1], model.conditionals(y)[:, : i + 1])
        if i:
            z = x.clone()
            z[:, i - 1] = 1 - z[:, i - 1]
            assert (model.conditionals(x)[:, i] != model.conditionals(z)[:, i]).all()


def test_gradient_of_log_prob(make):
    model, x = make(5), bits(4, 5)
    names, values = zip(*model.named_parameters(), strict=True)

    def f(*parameters):
        return torch.func.functional_call(model, dict(zip(names, parameters, strict=True)), (x,), strict=True)

    model.forward = model.log_prob
    assert torch.autograd.gradcheck(f, values)


@pytest.mark.parametrize("known", [0, 1, 4, DIM])
def test_incremental_sampling_equals_recomputation_from_shared_uniforms(make, known):
    model, x = make(), bits(200)
    fast = model.complete(x, known, generator=torch.Generator().manual_seed(5))
    u = torch.rand(x.shape, generator=torch.Generator().manual_seed(5), dtype=x.dtype)
    slow = x.clone()
    slow[:, known:] = 0
    for i in range(known, DIM):
        slow[:, i] = (u[:, i] < model.conditionals(slow)[:, i]).double()
    assert torch.equal(fast, slow)
    assert torch.equal(fast[:, :known], x[:, :known])


def test_sample_is_a_completion_of_nothing_and_repeats_with_its_generator(make):
    model = make()
    a, b = (model.sample(50, generator=torch.Generator().manual_seed(s)) for s in (7, 7))
    c = model.sample(50, generator=torch.Generator().manual_seed(8))
    assert a.shape == (50, DIM)
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_samples_follow_the_enumerated_distribution(make):
    """A chi-squared test over all 2^5 states; the 1e-6 quantile of χ²(31) is 87.5."""
    model = make(5, scale=1.0)
    p = model.log_prob(states(5)).exp()
    n = 20_000
    x = model.sample(n, generator=torch.Generator().manual_seed(0))
    index = (x @ (2.0 ** torch.arange(4, -1, -1, dtype=x.dtype))).long()
    counts = torch.bincount(index, minlength=32)
    keep = p * n >= 1
    assert ((counts - n * p)[keep] ** 2 / (n * p)[keep]).sum().item() < 87.5


def test_samples_carry_no_graph(make):
    assert not make().sample(2).requires_grad


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_rare_ink_stays_rare_in_half_precision(make, dtype):
    """p = 1e-4 everywhere: a uniform drawn in half precision would be exactly 0, and so below p, far more often."""
    model = make(16).to(dtype)
    for p in model.parameters():
        p.data.zero_()
    model.b.data.fill_(-9.21)
    x = model.sample(20_000, generator=torch.Generator().manual_seed(0))
    assert x.dtype == dtype
    assert x.float().mean().item() == pytest.approx(1e-4, rel=0.3)
    assert model.log_prob(torch.zeros(1, 16, dtype=dtype)).dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.bool, *checks.INTEGERS])
def test_bits_may_be_floats_integers_or_booleans(plain_errors, make, dtype):
    model, x = make(), bits(6)
    assert torch.equal(model.log_prob(x.to(dtype)), model.log_prob(x))
    assert torch.equal(model.conditionals(x.to(dtype)), model.conditionals(x))
    completed = model.complete(x.to(dtype), 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(completed, model.complete(x, 4, generator=torch.Generator().manual_seed(0)))


def test_sizes_may_be_numpys_integers(plain_errors, make):
    n, known = np.int64(3), np.int32(4)
    model = make(np.int64(6))
    assert model.sample(n).shape == (3, 6)
    assert torch.equal(model.complete(bits(2, 6), known)[:, :4], bits(2, 6)[:, :4])


def test_the_models_answer_is_its_logits(make):
    model, x = make(), bits(4)
    assert torch.equal(model(x), model.logits(x))


X = torch.zeros(2, DIM, dtype=torch.float64)
BAD = {
    "a half": (X + 0.5, ValueError, "x: expected values in {0, 1}, got 0.5 at [0, 0] (range 0.5 to 0.5)"),
    "a two": (X + 2, ValueError, "x: expected values in {0, 1}, got 2 at [0, 0]"),
    "an integer two": (X.long() + 2, ValueError, "x: expected values in {0, 1}, got 2 at [0, 0]"),
    "wrong width": (X[:, 1:], ValueError, "x: expected shape [batch, 10], got [2, 9]"),
    "an image": (X.view(2, 2, 5), ValueError, "x: expected shape [batch, 10], got [2, 2, 5]"),
    "NaN": (X / 0, ValueError, "x: expected finite values, got 20 that are NaN or infinite"),
    "empty batch": (X[:0], ValueError, "x: expected at least one row, got an empty batch [0, 10]"),
    "wrong dtype": (X.float(), TypeError, "x: expected dtype torch.float64 (the model's), got torch.float32"),
    "a list": (X.tolist(), TypeError, "x: expected a tensor [batch, 10], got list"),
    "another device": (
        X.to("meta"),
        ValueError,
        "x: expected a tensor on cpu (the model's), got one on meta",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_that_names_argument_expected_and_actual(plain_errors, make, case):
    x, kind, message = BAD[case]
    model = make()
    for method in (model.log_prob, model.conditionals, lambda x: model.complete(x, 3)):
        with pytest.raises(kind) as error:
            method(x)
        assert str(error.value).startswith(message)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("known", "kind"), [(-1, ValueError), (DIM + 1, ValueError), (2.0, TypeError), (True, TypeError)]
)
def test_bad_known(make, plain_errors, known, kind):
    with pytest.raises(kind, match=r"^known: expected an integer from 0 to 10, got "):
        make().complete(X, known)


@pytest.mark.parametrize(("n", "kind"), [(0, ValueError), (-3, ValueError), (2.0, TypeError), ("2", TypeError)])
def test_bad_sample_size(make, plain_errors, n, kind):
    with pytest.raises(kind, match=r"^n: expected a positive integer, got "):
        make().sample(n)


def test_bad_generator(make, plain_errors):
    with pytest.raises(TypeError, match=r"^generator: expected a torch.Generator or None, got 1 \(int\)$"):
        make().sample(2, generator=1)
