"""Contrastive predictive coding (CPC): tell what comes later in a sequence from N - 1 negatives.

van den Oord, Li and Vinyals, "Representation Learning with Contrastive Predictive Coding", arXiv 1807.03748 (2018):

    z_t = g_enc(x_t),   c_t = g_ar(z_≤t),   f_k(x, c_t) = exp(g_enc(x)ᵀ W_k c_t)
    L_N = - E log f_k(x_{t+k}, c_t) / Σ_{x ∈ X} f_k(x, c_t),   X: the true x_{t+k} and N - 1 negatives
    I(x_{t+k}; c_t) ≥ log N - L_N

This loss is called InfoNCE. The negatives are here those of the other examples in the batch, at the same position: they
are independent of c_t, as the bound demands. An image is a sequence of rows of patches, from top to bottom.

    >>> model = CPC(nn.Embedding(65, 64), RecurrentContext(64), 64, steps=(1, 2))
    >>> model.loss(characters), model.bounds(characters)                # integers [n, time]; nats
    >>> model = CPC(ResNet(width=16), RowContext(128), 128, steps=(2, 3), patch=8, stride=4)
    >>> model.loss(images), model.features(images)                      # [n, 3, 32, 32]
"""

import math
from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad, relu

from lecturelib import checks


def info_nce(predicted: Float[Tensor, "*positions n d"], z: Float[Tensor, "*positions n d"]) -> Float[Tensor, ""]:
    """Return L_N in nats, the mean over positions and examples: each prediction is to find its own z among the n.

    Raises:
        TypeError, ValueError: they are not floats of one dtype and device, the shapes differ, or there are fewer than
            two examples, of which one has to be told from others.

    """
    _check_candidates(predicted, z)
    # log f_k(x, c_t) for all x of the batch
    logits = predicted @ z.mT
    n = z.shape[-2]
    own = torch.arange(n, device=z.device).expand(logits.shape[:-1])
    return cross_entropy(logits.flatten(0, -2), own.flatten())


def _check_candidates(predicted: Tensor, z: Tensor) -> None:
    checks.floats("predicted", predicted, "...", "n", "d")
    checks.floats("z", z, "...", "n", "d", like=predicted)
    if predicted.shape != z.shape or predicted.dim() < 2:
        raise ValueError(f"z: expected the shape of predicted, {list(predicted.shape)}, got {list(z.shape)}")
    if z.shape[-2] < 2:
        raise ValueError(
            f"predicted: expected two examples or more, since the others are the negatives, got {z.shape[-2]}"
        )


class CPC(nn.Module):
    """An encoder of every step, a context of the steps so far, and a matrix for each distance.

    Args:
        encoder: g_enc, from steps [m, ...] to [m, d].
        context: g_ar, from z to c, both [n, steps, columns, d]; a step may see itself and those before.
        d: length of z_t and c_t.
        steps: the distances k, at least one.
        patch: with it, the examples are images, cut in patches of this edge; a row of them is one step.
        stride: pixels from one patch to the next; default: patches side by side. If it is smaller than `patch`, rows
            overlap, and a distance k with k · stride < patch is found by the pixels they share.

    """

    def __init__(
        self,
        encoder: nn.Module,
        context: nn.Module,
        d: int,
        *,
        steps: Sequence[int] = (1,),
        patch: int | None = None,
        stride: int | None = None,
    ) -> None:
        super().__init__()
        d = checks.positive_int("d", d)
        patch, stride = (
            k if k is None else checks.positive_int(n, k) for n, k in (("patch", patch), ("stride", stride))
        )
        self.encoder, self.context, self.steps = encoder, context, _distances(steps)
        self.patch, self.stride = patch, stride or patch
        self.W = nn.ModuleList(nn.Linear(d, d, bias=False) for _ in self.steps)

    def forward(self, x: Tensor) -> Float[Tensor, "n steps columns d"]:
        """Return c, the context at every step; `loss` trains it, and `features` are the mean of z."""
        return self.context(self._encoded(x))

    def loss(self, x: Tensor) -> Float[Tensor, ""]:
        """Return the mean of L_N over the distances, in nats.

        Args:
            x: sequences [n, time, ...], or with `patch` images [n, channels, height, width] in [0, 1].

        Raises:
            TypeError, ValueError: fewer than two examples, or sequences that are too short for the distances.

        """
        return torch.stack(self._losses(x)).mean()

    @torch.no_grad()
    def bounds(self, x: Tensor) -> Float[Tensor, " distances"]:
        """Return log N - L_N for each distance: a lower bound of I(x_{t+k}; c_t) in nats, at most log N."""
        return math.log(len(x)) - torch.stack(self._losses(x))

    def features(self, x: Tensor) -> Float[Tensor, "n d"]:
        """Return the mean of z over all steps and columns."""
        return self._encoded(x).mean(dim=(1, 2))

    def _encoded(self, x: Tensor) -> Float[Tensor, "n steps columns d"]:
        self._check(x)
        x = x.long() if x.dtype in checks.INTEGERS else x
        steps = self._patches(x) if self.patch else x[:, :, None]
        # z_t = g_enc(x_t)
        return self.encoder(steps.flatten(0, 2)).unflatten(0, steps.shape[:3])

    def _check(self, x: object) -> None:
        if self.patch:
            checks.images("images", x)
        elif not isinstance(x, Tensor) or x.dim() < 2:
            got = f"shape {list(x.shape)}" if isinstance(x, Tensor) else type(x).__name__
            raise TypeError(f"x: expected a tensor [n, time, ...], got {got}")

    def _check_length(self, z: Tensor) -> None:
        if z.shape[1] <= max(self.steps):
            raise ValueError(f"x: expected more than {max(self.steps)} steps, for the distances, got {z.shape[1]}")

    def _losses(self, x: Tensor) -> list[Tensor]:
        z = self._encoded(x)
        self._check_length(z)
        # c_t = g_ar(z_≤t)
        c = self.context(z)
        # W_k c_t against z_{t+k}, the examples side by side at every position
        pairs = [(W(c[:, :-k]), z[:, k:]) for k, W in zip(self.steps, self.W, strict=True)]
        return [info_nce(predicted.movedim(0, 2), later.movedim(0, 2)) for predicted, later in pairs]

    def _patches(self, images: Tensor) -> Tensor:
        assert self.patch is not None
        assert self.stride is not None
        if min(images.shape[2:]) < self.patch:
            raise ValueError(f"images: expected at least {self.patch} pixels a side, got {list(images.shape[2:])}")
        cut = images.unfold(2, self.patch, self.stride).unfold(3, self.patch, self.stride)
        return cut.permute(0, 2, 3, 1, 4, 5)  # [n, rows, columns, channels, patch, patch]


def _distances(steps: object) -> tuple[int, ...]:
    """Return the distances as plain integers, or raise unless they are positive integers, at least one."""
    if not isinstance(steps, Iterable) or isinstance(steps, str):
        raise TypeError(f"steps: expected a sequence of distances, got {steps!r} ({type(steps).__name__})")
    distances = tuple(checks.positive_int("steps", k) for k in steps)
    if not distances:
        raise ValueError("steps: expected one distance or more, got none")
    return distances


class RecurrentContext(nn.Module):
    """c_t from a gated recurrent network, as in the paper for sound and text; one column.

    torch.compile leaves torch.nn.GRU, a loop over time in one operator, out of its graphs, which ends them twice.
    """

    def __init__(self, d: int) -> None:
        super().__init__()
        self.gru = nn.GRU(checks.positive_int("d", d), d, batch_first=True)

    def forward(self, z: Float[Tensor, "n steps 1 d"]) -> Float[Tensor, "n steps 1 d"]:
        """Return c."""
        check_codes(z, self.gru.input_size, self.gru.all_weights[0][-1], columns=1)
        return self.gru(z[:, :, 0])[0][:, :, None]


class RowContext(nn.Module):
    """c_t from convolutions that see a row of patches and the one above; each layer sees one row further up.

    The paper's is a PixelCNN; since whole rows are predicted, no column needs to be hidden.
    """

    def __init__(self, d: int, num_layers: int = 3) -> None:
        super().__init__()
        self.d, num_layers = checks.positive_int("d", d), checks.positive_int("num_layers", num_layers)
        self.layers = nn.ModuleList(nn.Conv2d(d, d, (2, 3)) for _ in range(num_layers))

    def forward(self, z: Float[Tensor, "n steps columns d"]) -> Float[Tensor, "n steps columns d"]:
        """Return c."""
        check_codes(z, self.d, next(self.parameters(), z))
        x = z.movedim(3, 1)
        for layer in self.layers:
            x = x + layer(relu(pad(x, (1, 1, 1, 0))))  # a column on each side, and a row above
        return x.movedim(1, 3)


def check_codes(z: object, d: int, like: Tensor, columns: int | None = None) -> None:
    """Raise unless `z` is a tensor [n, steps, columns, d] of the dtype and on the device of the weight `like`."""
    shape = f"[n, steps, {columns or 'columns'}, {d}]"
    if not isinstance(z, Tensor):
        raise TypeError(f"z: expected a tensor {shape}, got {type(z).__name__}")
    if z.dim() != 4 or z.shape[3] != d or z.shape[2] != (columns or z.shape[2]) or 0 in z.shape:
        raise ValueError(f"z: expected shape {shape}, none of them 0, got {list(z.shape)}")
    if (z.dtype != like.dtype and not checks.autocast_enabled(z)) or z.device != like.device:
        raise TypeError(f"z: expected {like.dtype} on {like.device} (the model's), got {z.dtype} on {z.device}")
