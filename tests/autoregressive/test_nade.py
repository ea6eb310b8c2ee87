"""NADE: the fast path against the slide's loop, tied against untied, and its limits."""

import pytest
import torch
from count_operators import Count

from lecturelib.autoregressive import FVSBN, NADE, nade_fast
from lecturelib.autoregressive.nade import MAX_UNTIED_BYTES
from lecturelib.autoregressive.nade_fast import CompiledLogits, SequentialLogits, parallel_logits


def random_model(dim=30, hidden=11, tied=True, scale=1.0):
    model = NADE(dim, hidden, tied=tied).double()
    generator = torch.Generator().manual_seed(4)
    for p in model.parameters():
        p.data = scale * torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return model


def bits(n, dim, density=0.5):
    return (torch.rand(n, dim, generator=torch.Generator().manual_seed(0)) < density).double()


@pytest.mark.parametrize("density", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("batch", [1, 13])
def test_fast_path_equals_the_readable_loop_with_gradients(density, batch):
    model, x = random_model(), bits(batch, 30, density)
    weight = torch.randn(batch, 30, generator=torch.Generator().manual_seed(9), dtype=x.dtype)
    outputs, gradients = [], []
    for fast in (True, False):
        model.zero_grad()
        logits = model.logits(x, fast=fast)
        (logits * weight).sum().backward()
        outputs.append(logits.detach())
        gradients.append([p.grad.clone() for p in model.parameters()])
    torch.testing.assert_close(*outputs, rtol=0, atol=1e-10)
    for name, a, b in zip(["W", "c", "alpha", "b"], *gradients, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-10, msg=name)
        assert name != "b" or a.abs().sum() > 0


def test_all_three_ways_give_the_same_gradient_for_x():
    """As a straight-through estimator or a saliency map needs it; x enters the hidden layers and nothing else."""
    model, x = random_model(), bits(7, 30, 0.3)
    weight = torch.randn(7, 30, generator=torch.Generator().manual_seed(9), dtype=x.dtype)
    gradients = []
    for logits in (
        model.logits,
        model._loop_logits,
        lambda x: parallel_logits(x, model.W, model.c, model.alpha, model.b),
    ):
        x_k = x.clone().requires_grad_()
        (logits(x_k) * weight).sum().backward()
        gradients.append(x_k.grad)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=0, atol=1e-10)
    torch.testing.assert_close(gradients[2], gradients[1], rtol=0, atol=1e-10)
    assert gradients[0].abs().max() > 0.1


def test_gradients_of_gradients():
    """A gradient penalty: the fast path against the loop, in every parameter and in x."""
    model = random_model()
    results = []
    for fast in (True, False):
        model.zero_grad()
        x = bits(5, 30, 0.3).requires_grad_()
        first = torch.autograd.grad(
            model.logits(x, fast=fast).square().sum(), [x, *model.parameters()], create_graph=True
        )
        torch.cat([g.flatten() for g in first]).square().sum().backward()
        results.append([x.grad, *(p.grad for p in model.parameters())])
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


def test_gradcheck_of_the_fast_path():
    model = random_model(6, 3)
    x = bits(3, 6)
    weights = (model.W, model.c, model.alpha, model.b)
    assert torch.autograd.gradcheck(lambda *p: SequentialLogits.apply(x, *p), weights)
    assert torch.autograd.gradgradcheck(lambda *p: SequentialLogits.apply(x, *p), weights)


def test_undoing_the_sum_backwards_stays_accurate_in_single_precision():
    """784 pixels, large weights: gradients of the fast path against the loop in double precision."""
    model, x = random_model(784, 50, scale=0.5), bits(20, 784, 0.2)
    model.logits(x, fast=False).square().mean().backward()
    exact = [p.grad.clone() for p in model.parameters()]
    model = model.float()
    model.zero_grad()
    model.logits(x.float()).square().mean().backward()
    for p, g in zip(model.parameters(), exact, strict=True):
        assert (p.grad - g).norm() / g.norm() < 1e-4


def test_tied_and_untied_agree_when_the_untied_weights_are_set_from_the_tied():
    tied, untied = random_model(), random_model(tied=False)
    for i in range(30):
        untied.A[i].data = tied.W.data[:, :i]  # A_i = W_{·,<i}
    untied.c.data = tied.c.data.expand(30, 11).clone()
    untied.alpha.data, untied.b.data = tied.alpha.data, tied.b.data
    x = bits(8, 30)
    torch.testing.assert_close(tied.log_prob(x), untied.log_prob(x), rtol=0, atol=1e-10)
    assert tied.log_prob(x).std() > 1  # the weights matter: eight examples, eight probabilities


def test_parameter_counts():
    """Tied: W, α: 2DH, c: H, b: D. Untied: H D(D-1)/2 for the A_i, DH each for c_i and α_i, D for b."""
    d, h = 30, 11

    def count(model):
        return sum(p.numel() for p in model.parameters())

    assert count(NADE(d, h)) == 2 * d * h + h + d
    assert count(NADE(d, h, tied=False)) == h * d * (d - 1) // 2 + 2 * d * h + d


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (dict(dim=0), ValueError, "dim: expected a positive integer, got 0"),
        (dict(dim=4, hidden_size=0), ValueError, "hidden_size: expected a positive integer, got 0"),
        (dict(dim=4, hidden_size=-2), ValueError, "hidden_size: expected a positive integer, got -2"),
        (dict(dim=4, hidden_size=2.5), TypeError, "hidden_size: expected a positive integer, got 2.5 (float)"),
        (dict(dim=4, tied="yes"), TypeError, "tied: expected True or False, got 'yes' (str)"),
        (
            dict(dim=3072, hidden_size=500, tied=False),
            ValueError,
            "tied: expected True for dim=3072 and hidden_size=500: the untied weights would take 8.8 GiB",
        ),
    ],
)
def test_bad_sizes(plain_errors, arguments, kind, message):
    with pytest.raises(kind) as error:
        NADE(**arguments)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_the_untied_784_by_500_of_the_lecture_still_fits_the_limit():
    """154 million weights, 0.57 GiB: allowed, if slow; nothing is allocated for the check."""
    with torch.device("meta"):
        model = NADE(784, 500, tied=False)
    assert 100_000_000 < sum(p.numel() for p in model.parameters()) < MAX_UNTIED_BYTES / 4


@pytest.mark.slow
@pytest.mark.parametrize("density", [0.0, 0.3, 1.0])
def test_the_compiled_loop_equals_the_sequential_one_in_single_precision(density):
    """Logits and gradients to 1e-6 of their size, saturated units too; in double precision is the other test."""
    model, x = random_model(scale=3.0).float(), bits(7, 30, density).float()
    weight = torch.randn(7, 30, generator=torch.Generator().manual_seed(9))
    weights = list(model.parameters())
    found = []
    for way in (CompiledLogits, SequentialLogits):
        logits = way.apply(x, model.W, model.c, model.alpha, model.b)
        found.append([logits.detach(), *torch.autograd.grad((logits * weight).sum(), weights)])
    exact = model.double().logits(x.double(), fast=False)
    for compiled, sequential in zip(*found, strict=True):
        torch.testing.assert_close(compiled, sequential, rtol=0, atol=1e-6 * (1 + float(sequential.abs().max())))
    torch.testing.assert_close(found[0][0].double(), exact, rtol=0, atol=1e-5)


def test_much_work_is_compiled(monkeypatch):
    model, x = random_model().float(), bits(3, 30).float()
    monkeypatch.setattr(nade_fast, "MUCH_WORK", 3 * 30 * 11)
    assert "CompiledLogits" in repr(model.logits(x).grad_fn)
    assert "SequentialLogits" in repr(model.logits(x[:2]).grad_fn)
    assert "SequentialLogits" in repr(model.double().logits(x.double()).grad_fn)


@pytest.mark.parametrize("model", [NADE(784, 500), FVSBN(784)], ids=["NADE", "FVSBN"])
def test_a_training_step_on_an_accelerator_is_a_few_operators(model):
    """The loop over 784 pixels would be thousands, each a kernel to launch; counted without a GPU, on meta."""
    model = model.to("meta")
    x = torch.empty(100, 784, device="meta")
    with Count() as count:
        (-model.log_prob(x).mean()).backward()
    assert count.number < 100
