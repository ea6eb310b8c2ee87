"""Small models with strong weights, and images for them."""

import torch

from lecturelib.autoregressive import FVSBN, NADE


def random_model(name: str) -> FVSBN | NADE:
    """Weights so large that the pixels before matter: a model that forgot them would give other numbers."""
    generator = torch.Generator().manual_seed(7)
    model: FVSBN | NADE = FVSBN(784) if name == "fvsbn" else NADE(784, 24)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.4 * torch.randn(parameter.shape, generator=generator))
            parameter.copy_(parameter.half())  # as stored weights are
    return model


def images(n: int) -> torch.Tensor:
    return (torch.rand(n, 784, generator=torch.Generator().manual_seed(3)) < 0.3).float()
