"""The reversible network: its inverse, its gradients against stored activations, its memory, its running means."""

import gc
from typing import Any

import pytest
import torch
from torch import nn

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

    return lambda: monkeypatch.setattr(module, "_reversible", plain)


def test_a_block_is_undone_by_its_inverse():
    block = ReversibleBlock(4).double().eval()
    x1, x2 = (torch.randn(2, 4, 6, 6, dtype=torch.double) for _ in "12")
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
    flat = [saved_bytes(network(blocks=(depth,)), x) for depth in (4, 64)]
    assert flat[1] <= 1.2 * flat[0]
    stored()
    grown = [saved_bytes(network(blocks=(depth,)), x) for depth in (4, 64)]
    assert grown[1] > 8 * grown[0]


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
    assert isinstance(net, nn.Module)


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
