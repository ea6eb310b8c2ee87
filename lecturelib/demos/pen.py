"""What the demo "Write with the network" begins with, and its still: a beginning, and ways in which it may go on."""

from typing import Any

import torch
from torch import Tensor

from lecturelib.recurrent.handwriting import HandwritingRNN

GRID = 1 / 54.31  # a cell in the unit of the network
# First strokes of drawings of Omniglot's test set, as offsets in cells, and whether the pen left the paper behind them.
BEGINNINGS: list[dict[str, Any]] = [
    {"way": [[0, 5], [22, 28], [28, 11], [56, 56], [101, 5], [50, -44], [11, -28], [-5, -39]], "lifted": 0},
    {"way": [[0, 6], [60, 0], [24, 36], [0, 18], [6, 0], [0, 114], [-12, 30], [-12, 96], [-18, 36]], "lifted": 0},
    {
        "way": [[72, -12], [6, 12], [12, 6], [18, 42], [0, 66], [-12, 18], [-12, 42], [-30, 42], [-24, 6], [36, 0]],
        "lifted": 0,
    },
    {"way": [[282, 0], [0, 384], [-288, 0]], "lifted": 1},
    {"way": [[16, 23], [2, 71], [225, 9]], "lifted": 1},
]
PATHS, AHEAD, BIAS = 30, 20, 0.5  # as the page shows at first


@torch.no_grad()
def still(model: HandwritingRNN) -> str:
    """Return an <svg>: the first beginning, and pale the paths that `model` draws from there; always the same."""
    way = torch.tensor(BEGINNINGS[0]["way"]) * GRID
    given = torch.cat([way, torch.zeros(len(way), 1)], dim=1)
    generator = torch.Generator().manual_seed(1)
    x = torch.cat([torch.zeros(1, 3), given]).expand(PATHS, -1, -1)
    state, steps = None, []
    for _ in range(AHEAD):
        mixture, state = model(x, state)
        u, epsilon = (draw(PATHS, 2, generator=generator) for draw in (torch.rand, torch.randn))
        x = mixture[:, -1].biased(BIAS).draw(u, epsilon)[:, None]
        steps.append(x)
    paths = torch.cat(steps, dim=1)
    tip = given[:, :2].sum(0)
    pale = "".join(_ink(path, tip) for path in paths)
    everything = torch.cat([torch.zeros(1, 2), given[:, :2].cumsum(0)])
    low, high = everything.min(0).values - 3, everything.max(0).values + 3
    (left, top), (width, height) = low.tolist(), (high - low).tolist()
    alt = f"The beginning of a character, and {PATHS} pale paths on which the network goes on from its end"
    size = (
        f'viewBox="{left:.2f} {top:.2f} {width:.2f} {height:.2f}" width="{40 * width:.0f}" height="{40 * height:.0f}"'
    )
    line = 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
    return (
        f'<svg class="lecture-demo-still" role="img" aria-label="{alt}" {size}>'
        f'<path {line} stroke-width="0.04" stroke-opacity="0.35" d="{pale}"/>'
        f'<path {line} stroke-width="0.09" d="{_ink(given, torch.zeros(2))}"/></svg>'
    )


def _ink(steps: Tensor, start: Tensor) -> str:
    """Return the lines of steps [steps, 3] as the data of an SVG path; behind a lifted pen there is none."""
    places = start + steps[:, :2].cumsum(0)
    before = [0.0, *steps[:-1, 2].tolist()]
    drawn = (f"{'M' if up else 'L'}{x:.2f} {y:.2f}" for (x, y), up in zip(places.tolist(), before, strict=True))
    return f"M{start[0]:.2f} {start[1]:.2f}{''.join(drawn)}"
