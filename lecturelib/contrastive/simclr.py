"""Contrastive learning of visual representations (SimCLR).

Chen, Kornblith, Norouzi and Hinton, "A Simple Framework for Contrastive Learning of Visual Representations", ICML
(2020). Every image gives a positive pair, two augmented views x and x'; all other views of the batch are negatives:

    l_{x,x'} = - log exp(<E(x), E(x')> / τ) / Σ_{y ≠ x} exp(<E(x), E(y)> / τ),

where E is a unit vector and τ the temperature. (On the lecture's slide τ multiplies: it is one over the temperature.)
The loss is known as NT-Xent, the normalised temperature-scaled cross-entropy.

    >>> model = SimCLR(ResNet(width=16), temperature=0.5)
    >>> model.loss((first_views, second_views)), model.features(images)
"""

from collections.abc import Sequence

import torch
import torch.distributed as dist
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributed.nn.functional import all_gather
from torch.nn.functional import cross_entropy, normalize

from lecturelib import checks
from lecturelib.backbones.encoder import length_of_features

Views = tuple[Float[Tensor, "n c h w"], Float[Tensor, "n c h w"]]


def nt_xent(z1: Float[Tensor, "n d"], z2: Float[Tensor, "n d"], temperature: float = 0.5) -> Float[Tensor, ""]:
    """Return the mean of l over all 2n views, in nats.

    In several processes each gives its part of the batch, all of one size, and the negatives are those of all parts.
    The gradient flows back through the other processes' terms, too: with gradients averaged over processes, as
    DistributedDataParallel does, it is that of one process with the whole batch. (An encoder with batch normalisation
    needs `nn.SyncBatchNorm` for that.)

    Args:
        z1, z2: the two views of n images; any length, they are normalised here.
        temperature: τ; a small one gives weight to the most similar negatives.

    Raises:
        TypeError: the views are not float matrices.
        ValueError: their shapes differ, there are fewer than two images (a view has to be told from negatives), or
            `temperature` is not positive; on a CPU also vectors of zeros, NaN and infinity.

    """
    _check(z1, z2, temperature)
    z = normalize(torch.cat([z1, z2]), dim=1)
    n, everyone, first = len(z1), z, 0
    if dist.is_initialized() and dist.get_world_size() > 1:
        everyone, first = torch.cat(all_gather(z)), dist.get_rank() * 2 * n
    # <E(x), E(y)> / τ for all y; a view is not compared with itself
    logits = z / temperature @ everyone.T
    mine = torch.arange(2 * n, device=z.device)
    logits[mine, first + mine] = -torch.inf
    return cross_entropy(logits, first + mine.roll(n))


def _check(z1: object, z2: object, temperature: float) -> None:
    for name, z in (("z1", z1), ("z2", z2)):
        if not isinstance(z, Tensor) or z.dim() != 2 or not z.is_floating_point():
            got = f"{z.dtype} {list(z.shape)}" if isinstance(z, Tensor) else type(z).__name__
            raise TypeError(f"{name}: expected floats [n, d], got {got}")
        if checks.can_read(z) and not ((length := z.detach().norm(dim=1)).isfinite() & (length > 0)).all():
            raise ValueError(f"{name}: expected non-zero finite vectors, got zeros, NaN or infinity")
    assert isinstance(z1, Tensor)
    assert isinstance(z2, Tensor)
    if z1.shape != z2.shape:
        raise ValueError(f"z2: expected the shape of z1, {list(z1.shape)}, got {list(z2.shape)}")
    if z1.device != z2.device:
        raise ValueError(f"z2: expected a tensor on {z1.device}, as z1 is, got one on {z2.device}")
    if len(z1) < 2:
        raise ValueError(f"z1: expected two images or more, since negatives are views of other images, got {len(z1)}")
    checks.number("temperature", temperature, above=0)


class SimCLR(nn.Module):
    """An encoder and a projection head, whose outputs are compared; the features are those before the head.

    Args:
        encoder: from images to features [n, encoder.out_features]; a backbone, or any other network with that number.
        temperature: of `nt_xent`.
        projection_dim: length of the projection head's output; with None there is no head.
        hidden_layer: whether the head has a hidden layer; without, it is linear.

    Raises:
        TypeError: the encoder does not say how many features it has.
        ValueError: `temperature` or `projection_dim` is not positive.

    """

    def __init__(
        self,
        encoder: nn.Module,
        *,
        temperature: float = 0.5,
        projection_dim: int | None = 64,
        hidden_layer: bool = True,
    ) -> None:
        super().__init__()
        d = length_of_features(encoder)
        self.encoder, self.temperature = encoder, checks.number("temperature", temperature, above=0)
        self.projector: nn.Module = nn.Identity()
        if projection_dim is not None:
            projection_dim = checks.positive_int("projection_dim", projection_dim)
            # g(h) = W2 ReLU(W1 h)
            first = [nn.Linear(d, d, bias=False), nn.BatchNorm1d(d), nn.ReLU()] if hidden_layer else []
            self.projector = nn.Sequential(*first, nn.Linear(d, projection_dim))

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Return the projections that `nt_xent` compares."""
        return self.projector(self.encoder(images))

    def loss(self, views: Views) -> Float[Tensor, ""]:
        """Return the mean of l over both views of all images, in nats.

        Raises:
            TypeError, ValueError: not two views of one shape, fewer than two images, or what the encoder refuses.

        """
        return nt_xent(*self._projections(views), self.temperature)

    def accuracy(self, views: Views) -> float:
        """Return the fraction of views whose nearest other view, by cosine, is the second view of the same image."""
        z = normalize(torch.cat(self._projections(views)), dim=1)
        nearest = (z @ z.T).fill_diagonal_(-torch.inf).argmax(dim=1)
        return float((nearest == torch.arange(len(z), device=z.device).roll(len(z) // 2)).float().mean())

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n features"]:
        """Return the encoder's output, before the projection head."""
        return self.encoder(images)

    def _projections(self, views: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        _check_views(views)
        # both views go through the network in one batch, so that normalisation sees both
        z1, z2 = self(torch.cat(list(views))).chunk(2)
        return z1, z2


def _check_views(views: Sequence[Tensor]) -> None:
    listed = isinstance(views, tuple | list)
    if not isinstance(views, Tensor) and not (listed and all(isinstance(view, Tensor) for view in views)):
        got = ", ".join(type(view).__name__ for view in (views if listed else [views]))
        raise TypeError(f"views: expected two tensors, the two views of every image, got {got}")
    if len(views) != 2:
        raise ValueError(f"views: expected two tensors, the two views of every image, got {len(views)}")
    if views[0].shape != views[1].shape or not views[0].dim():
        first, second = (list(view.shape) for view in views)
        raise ValueError(f"views: expected two tensors of the same shape, got {first} and {second}")
    if views[0].device != views[1].device:
        raise ValueError(f"views: expected two tensors on one device, got {views[0].device} and {views[1].device}")
