"""Contrastive learning of visual representations (SimCLR).

Chen, Kornblith, Norouzi and Hinton, "A Simple Framework for Contrastive Learning of Visual Representations", ICML
(2020). Two views x, x' of every image; the network must find an image's other view among all other views of the batch:

    l_{x,x'} = - log exp(τ <E(x), E(x')>) / Σ_{y ≠ x} exp(τ <E(x), E(y)>),

where E is a unit vector. This is the lecture's form, in which τ multiplies: the paper divides by a temperature, which
is 1/τ. Its name there is NT-Xent, the normalised temperature-scaled cross-entropy.

    >>> model = SimCLR(ResNet(width=16), tau=2.0)                       # temperature 1/2
    >>> model.loss((first_views, second_views)), model.features(images)
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributed.nn.functional import all_gather
from torch.nn.functional import cross_entropy, normalize

from lecturelib import checks


def nt_xent(z1: Float[Tensor, "n d"], z2: Float[Tensor, "n d"], *, tau: float) -> Float[Tensor, ""]:
    """Return the mean of l over all 2n views, in nats.

    In several processes each gives its part of the batch, all of one size, and all parts stand in the denominator. The
    gradient flows back through the other processes' terms, too: with gradients averaged over processes, as
    DistributedDataParallel does, it is that of one process with the whole batch. (An encoder with batch normalisation
    needs `nn.SyncBatchNorm` for that.)

    Args:
        z1, z2: the two views of n images; any length, they are normalised here.
        tau: factor of the cosines, the inverse of the paper's temperature.

    Raises:
        TypeError, ValueError: shapes differ, fewer than two images, a vector of zeros, or `tau` is no positive number.

    """
    _check(z1, z2, tau)
    z = normalize(torch.cat([z1, z2]), dim=1)
    n, everyone, first = len(z1), z, 0
    if dist.is_initialized() and dist.get_world_size() > 1:
        everyone, first = torch.cat(all_gather(z)), dist.get_rank() * 2 * n
    # τ <E(x), E(y)> for all y; a view is not compared with itself
    logits = tau * z @ everyone.T
    mine = torch.arange(2 * n, device=z.device)
    logits[mine, first + mine] = -torch.inf
    return cross_entropy(logits, first + mine.roll(n))


def _check(z1: object, z2: object, tau: float) -> None:
    for name, z in (("z1", z1), ("z2", z2)):
        if not isinstance(z, Tensor) or z.dim() != 2 or not z.is_floating_point():
            got = f"{z.dtype} {list(z.shape)}" if isinstance(z, Tensor) else type(z).__name__
            raise TypeError(f"{name}: expected floats [n, d], got {got}")
    assert isinstance(z1, Tensor)
    assert isinstance(z2, Tensor)
    if z1.shape != z2.shape:
        raise ValueError(f"z2: expected the shape of z1, {list(z1.shape)}, got {list(z2.shape)}")
    if len(z1) < 2:
        raise ValueError(f"z1: expected two images or more, since a view is told from the others, got {len(z1)}")
    _check_tau(tau)
    for name, z in (("z1", z1), ("z2", z2)):
        length = z.detach().norm(dim=1)
        if not ((length > 0) & length.isfinite()).all():
            raise ValueError(f"{name}: expected vectors that have a direction, got zeros, NaN or infinity")


def _check_tau(tau: float) -> None:
    if not 0 < tau < math.inf:
        raise ValueError(f"tau: expected a positive finite number, got {tau}")


class SimCLR(nn.Module):
    """An encoder, and a projector whose output is compared; the features are those before it.

    Args:
        encoder: from images to features [n, encoder.out_features].
        tau: as for `nt_xent`.
        projection: length of the projector's output; with None there is no projector.
        hidden: whether the projector has a hidden layer; without, it is linear.

    Raises:
        TypeError, ValueError: `tau` or `projection` is not positive.

    """

    def __init__(self, encoder: Any, *, tau: float = 2.0, projection: int | None = 64, hidden: bool = True) -> None:
        super().__init__()
        _check_tau(tau)
        self.encoder, self.tau, d = encoder, tau, encoder.out_features
        self.projector: nn.Module = nn.Identity()
        if projection is not None:
            checks.positive_int("projection", projection)
            # g(h) = W2 ReLU(W1 h)
            first = [nn.Linear(d, d, bias=False), nn.BatchNorm1d(d), nn.ReLU()] if hidden else []
            self.projector = nn.Sequential(*first, nn.Linear(d, projection))

    def loss(self, views: tuple[Float[Tensor, "n c h w"], Float[Tensor, "n c h w"]]) -> Float[Tensor, ""]:
        """Return the mean of l over both views of all images, in nats.

        Raises:
            TypeError, ValueError: not two views of one shape, under two images, or images that the encoder refuses.

        """
        return nt_xent(*self._projections(views), tau=self.tau)

    def accuracy(self, views: tuple[Float[Tensor, "n c h w"], Float[Tensor, "n c h w"]]) -> float:
        """Return the share of views that are more like their own image's other view than like any other.

        Raises:
            TypeError, ValueError: as `loss`.

        """
        z = normalize(torch.cat(self._projections(views)), dim=1)
        nearest = (z @ z.T).fill_diagonal_(-torch.inf).argmax(dim=1)
        return float((nearest == torch.arange(len(z), device=z.device).roll(len(z) // 2)).float().mean())

    def _projections(self, views: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        if len(views) != 2:
            raise ValueError(f"views: expected two of every image, got {len(views)}")
        if views[0].shape != views[1].shape:
            first, second = (list(view.shape) for view in views)
            raise ValueError(f"views: expected two of every image, of one shape, got {first} and {second}")
        # both views go through the network in one batch, so that normalisation sees both
        z1, z2 = self.projector(self.encoder(torch.cat(list(views)))).chunk(2)
        return z1, z2

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n features"]:
        """Return the encoder's output, before the projector."""
        features: Tensor = self.encoder(images)
        return features
