"""What the demo "small_simclr" trains on, and how, by the library."""

import torch
from jaxtyping import Float64, Int64
from torch import Tensor, nn
from torch.nn.functional import normalize

from lecturelib.contrastive import nt_xent

SIDE, HIDDEN, BATCH = 12, 32, 32
KINDS = ("disc", "ring", "plus", "cross", "bars")
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#b8639b", "#b07d00")
# x, y, radius in pixels, brightness
LOW = torch.tensor([-1.5, -1.5, 2.6, 0.3], dtype=torch.float64)
HIGH = torch.tensor([1.5, 1.5, 4.4, 1.0], dtype=torch.float64)


def pictures(kind: Int64[Tensor, " n"], shape: Float64[Tensor, "n 4"]) -> Float64[Tensor, "n pixels"]:
    """Return a picture of each shape: 1 inside, 0 outside, and what lies between on the pixels of its edge."""
    at = torch.arange(SIDE, dtype=torch.float64) - (SIDE - 1) / 2
    x_0, y_0, r, light = (one.view(-1, 1, 1) for one in shape.unbind(dim=1))
    x, y = at - x_0 + 0 * y_0, at[:, None] - y_0
    far = torch.stack(
        [
            torch.hypot(x, y) - 0.85 * r,
            (torch.hypot(x, y) - 0.9 * r).abs() - 0.6,
            _plus(x, y, r),
            _plus((x + y) * 0.5**0.5, (x - y) * 0.5**0.5, r),
            torch.maximum((y.abs() - 0.6 * r).abs() - 0.6, x.abs() - r),
        ]
    )[kind, torch.arange(len(kind))]
    return (light * (0.5 - far).clamp(0, 1)).flatten(1)


def _plus(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    x, y = x.abs(), y.abs()
    return torch.maximum(torch.minimum(x, y) - 0.6, torch.maximum(x, y) - r)


def network() -> nn.Sequential:
    """Return the encoder, from pixels to the plane, with biases of 0."""
    model = nn.Sequential(nn.Linear(SIDE**2, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 2)).double()
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
    return model


def loss_of(u: Float64[Tensor, "m 2"], temperature: float, *, negatives: bool = True) -> Float64[Tensor, ""]:
    """Return NT-Xent of first and second views, or its alignment alone."""
    first, second = u.chunk(2)
    if negatives:
        return nt_xent(first, second, temperature)
    return ((1 - (normalize(first) * normalize(second)).sum(dim=1)) / temperature).mean()


def trained(*, negatives: bool, seed: int = 3) -> tuple[Int64[Tensor, " n"], Float64[Tensor, "n 2"]]:
    """Train the encoder, and return the kinds of 60 new pictures and their points on the circle."""
    generator = torch.Generator().manual_seed(seed)

    def drawn(n: int) -> Float64[Tensor, "n 4"]:
        return LOW + (HIGH - LOW) * torch.rand(n, 4, generator=generator, dtype=torch.float64)

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = network()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(200 if negatives else 50):
        kind = torch.randint(len(KINDS), (BATCH,), generator=generator).repeat(2)
        optimizer.zero_grad()
        loss_of(model(pictures(kind, drawn(2 * BATCH))), 0.2, negatives=negatives).backward()
        optimizer.step()
    kind = torch.arange(60) % len(KINDS)
    with torch.no_grad():
        return kind, normalize(model(pictures(kind, drawn(60))))
