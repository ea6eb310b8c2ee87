"""A small PixelCNN made of the library's masked convolutions."""

import torch

from lecturelib.autoregressive.masked import MaskedConv2d, SinglePixelConv


def network(widths, sizes, generator):
    """Return convolutions with random weights, the first with mask A."""
    convolutions = []
    for number, (inside, outside, size) in enumerate(zip(widths, widths[1:], sizes, strict=False)):
        conv = MaskedConv2d(inside, outside, size, mask_type="A" if number == 0 else "B", channels=1)
        with torch.no_grad():
            scale = 2 / (inside * size * size / 2) ** 0.5
            conv.weight.copy_(scale * torch.randn(conv.weight.shape, generator=generator))
            conv.bias.copy_(0.3 * torch.randn(outside, generator=generator))
        convolutions.append(conv)
    return convolutions


def layers(convolutions):
    """Return them as students get them: the weights that the mask shuts out are there, too."""
    return [(conv.weight, conv.bias, "A" if k == 0 else "B") for k, conv in enumerate(convolutions)]


@torch.no_grad()
def clear_draws(convolutions, shape, generator):
    """Return uniforms, and the pictures they decide; none is so close that rounding could turn a pixel."""
    u, x = torch.rand(shape, generator=generator), torch.zeros(shape)
    run = SinglePixelConv(x)
    for run.row in range(shape[2]):
        for run.column in range(shape[3]):
            here = (..., run.row, run.column)
            h = x[here]
            for conv in convolutions:
                logit = run(conv, h)
                h = logit.relu()
            p = logit.sigmoid()
            u[here] = torch.where((u[here] - p).abs() < 1e-3, p.round(), u[here])
            x[here] = (u[here] < p).float()
            run.remember(convolutions[0], x[here])
    return u, x
