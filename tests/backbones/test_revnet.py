"""The reversible network: its inverse, its gradients against stored activations, its memory, its running means."""

import gc
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn.utils.parametrizations import spectral_norm

from lecturelib.backbones import RevNet
from lecturelib.backbones import revnet as module
from lecturelib.backbones.revnet import ReversibleBlock


def images(n=4, size=16, dtype=torch.float64):
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(0), dtype=dtype)


def network(**arguments):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return RevNet(3, 8, **arguments).double()


@pytest.fixture
def stored(monkeypatch):
    """The same network with all activations kept by autograd."""

    def plain(blocks, x1, x2):
        for block in blocks:
            x1, x2 = block(x1, x2)
        return x1, x2

    return lambda: monkeypatch.setattr(module, "_run", plain)


def test_a_block_is_undone_by_its_inverse():
    block = ReversibleBlock(4).double().eval()
    x1, x2 = (torch.randn(2, 4, 6, 6, dtype=torch.double) for _ in range(2))
    for a, b in zip(block.inverse(*block(x1, x2)), (x1, x2), strict=True):
        torch.testing.assert_close(a, b, atol=1e-12, rtol=0)


def test_gradients_and_running_means_equal_those_with_stored_activations(stored):
    results = []
    for keep in (False, True):
        if keep:
            stored()
        net, x = network(blocks=(2, 3, 1)), images().requires_grad_()
        features = net(x)
        (features.square().sum() + net.feature_maps(x)[1].sum()).backward()
        state: dict[str, Any] = {name: p.grad for name, p in net.named_parameters()} | {"x": x.grad}
        results.append((features.detach(), state, dict(net.named_buffers())))
    for part in range(3):
        torch.testing.assert_close(results[0][part], results[1][part], atol=1e-10, rtol=0)
    assert int(results[0][2]["stages.0.0.F.0.num_batches_tracked"]) == 2  # two forward passes, no more


def test_it_trains_in_bfloat16_as_with_stored_activations(stored):
    """Its halves stay in single precision, so that the layers are given nearly the same numbers again."""
    results = []
    for keep in (False, True):
        if keep:
            stored()
        net = network(blocks=(2, 3, 1)).float()
        with torch.autocast("cpu", torch.bfloat16):
            loss = net(images(dtype=torch.float32)).square().sum()
        loss.backward()
        results.append((loss.detach(), torch.cat([p.grad.flatten() for p in net.parameters() if p.grad is not None])))
    torch.testing.assert_close(results[0][0], results[1][0])
    ours, theirs = results[0][1], results[1][1]
    assert ours.shape == theirs.shape == (sum(p.numel() for p in network(blocks=(2, 3, 1)).parameters()),)
    assert (ours - theirs).norm() < 1e-4 * theirs.norm()


def saved_bytes(net, x):
    """What autograd keeps of a forward pass."""
    kept: dict[int, int] = {}

    def pack(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = net(x).sum()
    weights = {p.untyped_storage().data_ptr() for p in net.parameters()}
    total = sum(size for place, size in kept.items() if place not in weights)
    del loss
    gc.collect()
    return total


def test_memory_does_not_grow_with_depth(stored):
    x = images(2)
    flat = [saved_bytes(network(blocks=(depth,)), x) for depth in (2, 8)]
    assert flat[1] <= 1.2 * flat[0]
    stored()
    grown = [saved_bytes(network(blocks=(depth,)), x) for depth in (2, 8)]
    assert grown[1] > 3 * grown[0]


def test_evaluation_uses_running_means_and_frozen_networks_stay_frozen():
    net = network(blocks=(1, 1)).eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    x = images()
    torch.testing.assert_close(net(x)[:2], net(x[:2]))
    for name, value in net.state_dict().items():
        assert torch.equal(value, before[name])
    net(x).sum().backward()
    assert all(p.grad is not None for p in net.parameters())


def test_some_weights_may_be_frozen():
    net = network(blocks=(2,))
    for name, p in net.named_parameters():
        p.requires_grad_("stages.0.0" not in name)
    net(images()).sum().backward()
    for name, p in net.named_parameters():
        assert (p.grad is None) == ("stages.0.0" in name)


def test_shapes():
    net = RevNet(3, 6, (1, 1, 1))
    maps = net.feature_maps(images(dtype=torch.float32))
    assert [list(m.shape) for m in maps] == [[4, 6, 16, 16], [4, 12, 8, 8], [4, 24, 4, 4]]
    assert net(images(dtype=torch.float32)).shape == (4, net.out_features)


def losses_and_gradients(net, x, weights=None):
    weights = dict(net.named_parameters()) if weights is None else weights
    loss = functional_call(net, weights, (x,)).square().sum()
    return loss.detach(), torch.autograd.grad(loss, list(weights.values()))


def test_weights_given_from_outside_get_their_own_gradients(stored):
    """As in meta-learning: the backward pass computes with the weights that the forward pass was called with."""
    net = network(blocks=(2, 1))
    other = {name: (1.3 * p.detach()).requires_grad_() for name, p in net.named_parameters()}
    ours = losses_and_gradients(net, images(), other)
    stored()
    torch.testing.assert_close(ours, losses_and_gradients(net, images(), other), atol=1e-9, rtol=1e-9)


def test_weights_changed_between_the_passes_are_refused_as_by_torch():
    net = network(blocks=(1,))
    loss = net(images()).sum()
    with torch.no_grad():
        net.stages[0][0].F[2].weight.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_higher_derivatives_are_refused_in_words_or_right(plain_errors, stored):
    net, x = network(blocks=(2,)), images(2, 8)
    with pytest.raises(RuntimeError, match=r"^RevNet: expected a backward pass without create_graph=True"):
        torch.autograd.grad(net(x).square().sum(), list(net.parameters()), create_graph=True)

    def penalty(weights):
        def loss(weights):
            buffers = {name: b.clone() for name, b in net.named_buffers()}
            return functional_call(net, weights | buffers, (x,)).square().sum()

        gradient = torch.func.grad(loss)(weights)
        return sum(g.square().sum() for g in gradient.values())

    weights = dict(net.named_parameters())
    ours = torch.func.grad(penalty)(weights)
    stored()
    first = torch.autograd.grad(net(x).square().sum(), list(weights.values()), create_graph=True)
    expected = torch.autograd.grad(
        torch.stack([g.square().sum() for g in first]).sum(), list(weights.values()), allow_unused=True
    )
    for a, b in zip(ours.values(), expected, strict=True):
        torch.testing.assert_close(a, torch.zeros_like(a) if b is None else b, atol=1e-6, rtol=1e-6)


class AnyNorm(nn.modules.batchnorm._BatchNorm):
    """Stands for every normalisation of a batch that is not BatchNorm2d, such as SyncBatchNorm."""

    def _check_input_dim(self, input: torch.Tensor) -> None:
        pass


@pytest.mark.parametrize(
    "kind", [nn.BatchNorm2d, AnyNorm, nn.SyncBatchNorm, partial(nn.BatchNorm2d, track_running_stats=False)]
)
def test_every_normalisation_sees_a_batch_once(kind, stored):
    results = []
    for keep in (False, True):
        if keep:
            stored()
        net = network(blocks=(2,))
        for residual in (r for block in net.stages[0] for r in (block.F, block.G)):
            for k in (0, 3):
                residual[k] = kind(residual[k].num_features).double()
        flags = [m.track_running_stats for m in net.modules() if hasattr(m, "track_running_stats")]
        net(images()).square().sum().backward()
        assert flags == [m.track_running_stats for m in net.modules() if hasattr(m, "track_running_stats")]
        results.append(({n: p.grad for n, p in net.named_parameters()}, dict(net.named_buffers())))
    torch.testing.assert_close(results[0], results[1], atol=1e-10, rtol=0)


@pytest.mark.parametrize("hooked", [False, True])
def test_residuals_that_change_when_they_run_run_once(hooked, stored):
    """Spectral normalisation moves its vectors in each pass; a hook may do anything."""
    results = []
    for keep in (False, True):
        if keep:
            stored()
        torch.manual_seed(0)
        net = network(blocks=(2,))
        calls: list[Any] = []
        for conv in [m for m in net.stages.modules() if isinstance(m, nn.Conv2d)]:
            if hooked:
                conv.register_forward_hook(lambda module, x, y, calls=calls: calls.append(y) or y * len(calls))
            else:
                spectral_norm(conv)
        net(images()).square().sum().backward()
        results.append([p.grad for p in net.parameters()])
    torch.testing.assert_close(*results, atol=1e-12, rtol=0)


def test_synchronised_normalisation_of_a_process_group_needs_a_gpu_in_training_and_torch_says_so(tmp_path):
    net = nn.SyncBatchNorm.convert_sync_batchnorm(network(blocks=(1, 1)))
    assert sum(isinstance(module, nn.SyncBatchNorm) for module in net.modules()) == 11
    expected = net.eval()(images())
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/group", rank=0, world_size=1)
    try:
        torch.testing.assert_close(net(images()), expected)
        with pytest.raises(ValueError, match="SyncBatchNorm expected input tensor to be on GPU"):
            net.train()(images())
    finally:
        torch.distributed.destroy_process_group()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_in_half_precision_halves_stay_single_and_gradients_are_those_of_stored_activations(dtype, stored):
    results = []
    for keep in (False, True):
        if keep:
            stored()
        net = network(blocks=(2, 1)).to(dtype)
        features = net(images(dtype=dtype))
        assert features.dtype == dtype
        features.float().square().sum().backward()
        results.append(torch.cat([p.grad.flatten().float() for p in net.parameters() if p.grad is not None]))
    assert (results[0] - results[1]).norm() < 0.05 * results[1].norm()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: RevNet(width=7), "width: expected an even number, for two halves, got 7"),
        (lambda: RevNet(blocks=(0,)), "blocks: expected a positive integer, got 0"),
        (lambda: RevNet(1)(images()), "images: expected shape [n, 1, height, width]"),
    ],
)
def test_bad_input(plain_errors, call, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
        call()
    assert str(error.value).startswith(message)
