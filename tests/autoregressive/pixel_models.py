"""The models over images that the tests go through, and how to make them sensitive to their context."""

import itertools

import torch

from lecturelib.autoregressive import GatedPixelCNN, MultiScalePixelCNN, PixelCNN, RowLSTM, gated_pixelcnn

MODELS = {
    "pixelcnn": PixelCNN,
    "gated": GatedPixelCNN,
    "row lstm": RowLSTM,
    "multi-scale": MultiScalePixelCNN,
}


def build(name, channels=1, num_levels=2, *, hidden_channels=9, num_layers=3, seed=0, scale=2.5, **options):
    """Return a model in float64 whose weights are scaled up, since at its start a network hardly uses its context."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = MODELS[name](channels, num_levels, hidden_channels, num_layers, **options).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= scale
    return model


def images(n, channels, levels, size, seed=0):
    """Return random images."""
    return torch.randint(0, levels, (n, channels, *size), generator=torch.Generator().manual_seed(seed))


def states(channels, levels, size):
    """Return every image of that size."""
    count = channels * size[0] * size[1]
    return torch.tensor(list(itertools.product(range(levels), repeat=count))).reshape(-1, channels, *size)


def paths(model, monkeypatch, channels, size):
    """Count the paths from every input [channel, row, column] to every output of `model`: its Jacobian with weights 1.

    Gates and LSTM cells are replaced by sums, so that no path can be hidden by a zero slope; ReLUs see positive numbers
    only.
    """
    monkeypatch.setattr(gated_pixelcnn, "gate", lambda h, bias: sum((h if bias is None else h + bias).chunk(2, dim=1)))
    for module in model.modules():
        if hasattr(module, "cell"):
            monkeypatch.setattr(module, "cell", lambda gates, c: (sum(gates.chunk(4, dim=1)) + c,) * 2)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.fill_(0.0 if name.endswith("bias") and parameter.dim() == 1 else 1.0)
    v = torch.ones(1, channels, *size, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda v: model.network(v).sum(dim=1), v)
    counts = jacobian[0, :, :, :, 0]
    assert counts.isfinite().all()
    return counts
