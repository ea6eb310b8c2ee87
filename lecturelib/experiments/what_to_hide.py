"""Does it matter which part is hidden? LeCun's list of predictions on the same digits, and hiding more and more.

    python -m lecturelib experiment what-to-hide        # to results/experiments/what-to-hide.json

One order-agnostic NADE per choice, all else equal. Digits have 14 x 14 binary pixels, and "time" is the raster order, a
row of the image for each line of text. Two numbers: the nats per hidden pixel, beside those of independent pixels; and
a linear probe of the digit's class from the features of the whole image.
"""

import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from lecturelib.autoregressive import OrderAgnosticNADE
from lecturelib.datasets import load
from lecturelib.experiments import runner
from lecturelib.probing import Labelled, linear_probe
from lecturelib.recipes.fvsbn_nade import small_bits, start_at_pixel_means
from lecturelib.recipes.recipe import Budget, linear_decay
from lecturelib.training import fit

SEEDS, SIDE = (0, 1, 2), 14
D, RECENT = SIDE * SIDE, 2 * SIDE
PIXEL = torch.arange(D)
PENALTIES = (1e-3, 1e-2, 1e-1)
BUDGETS = {
    "smoke": Budget(epochs=1, learning_rate=1e-3, minutes=0.1, examples=200, sizes={"hidden_sizes": (20, 20)}),
    "cpu": Budget(epochs=3, learning_rate=1e-3, minutes=0.2, sizes={"hidden_sizes": (300, 300)}),
}
LABELS = {"smoke": 200, "cpu": 5000}
PIXELS, RANDOM = "raw pixels", "random weights"

Masks = tuple[Tensor, Tensor]  # which pixels of each image are visible, and which are to be predicted: [n, D]
Draw = Callable[[int, torch.Generator], Masks]


def _a_time(n: int, generator: torch.Generator) -> Tensor:
    return torch.randint(1, D, (n, 1), generator=generator)


def future_from_past(n: int, generator: torch.Generator) -> Masks:
    """Show all pixels before a random time; predict those from then on."""
    past = _a_time(n, generator) > PIXEL
    return past, ~past


def future_from_recent_past(n: int, generator: torch.Generator) -> Masks:
    """Show the last two rows before a random time; predict the pixels from then on."""
    now = _a_time(n, generator)
    return (now > PIXEL) & (now - RECENT <= PIXEL), now <= PIXEL


def past_from_present(n: int, generator: torch.Generator) -> Masks:
    """Show the two rows from a random time on; predict the pixels before it."""
    now = _a_time(n, generator)
    return (now <= PIXEL) & (now + RECENT > PIXEL), now > PIXEL


def top_from_bottom(n: int, generator: torch.Generator) -> Masks:
    """Show the lower half; predict the upper one."""
    bottom = (PIXEL >= D // 2).expand(n, D)
    return bottom, ~bottom


def occluded_from_visible(n: int, generator: torch.Generator) -> Masks:
    """Hide a square of half the side at a random position."""
    hole = SIDE // 2
    top, left = (torch.randint(0, SIDE - hole + 1, (n, 1), generator=generator) for _ in range(2))
    row, column = PIXEL // SIDE, PIXEL % SIDE
    hidden = (row >= top) & (row < top + hole) & (column >= left) & (column < left + hole)
    return ~hidden, hidden


def any_from_any(n: int, generator: torch.Generator) -> Masks:
    """Hide a random number of randomly chosen pixels."""
    hidden = _rank(n, generator) < torch.randint(1, D + 1, (n, 1), generator=generator)
    return ~hidden, hidden


def hide(count: int) -> Draw:
    """Return the masks that hide `count` randomly chosen pixels."""

    def draw(n: int, generator: torch.Generator) -> Masks:
        hidden = _rank(n, generator) < count
        return ~hidden, hidden

    return draw


def _rank(n: int, generator: torch.Generator) -> Tensor:
    return torch.rand(n, D, generator=generator).argsort(dim=1).argsort(dim=1)


PARTS: dict[str, Draw] = {
    "future from past": future_from_past,
    "future from recent past": future_from_recent_past,
    "past from present": past_from_present,
    "top from bottom": top_from_bottom,
    "occluded from visible": occluded_from_visible,
    "any from any": any_from_any,
}
COUNTS = (1, 20, 49, 98, 147, 176, D - 1)
DIFFICULTY: dict[str, Draw] = {f"{count} of {D} pixels": hide(count) for count in COUNTS}


@cache
def splits(budget: str) -> tuple[Labelled, Labelled, Labelled]:
    """Return binary digits and labels of train, valid and test."""
    data = load("mnist")
    few = BUDGETS[budget].examples
    parts = (data.train, data.valid, data.test)
    train, valid, test = ((small_bits(part)[:few], part.y[:few]) for part in parts)  # type: ignore[index]
    return train, valid, test


def prediction_nats(model: OrderAgnosticNADE, x: Tensor, masks: Masks) -> Tensor:
    """Return -log p of the pixels to be predicted, nats per such pixel."""
    visible, hidden = masks
    nats = binary_cross_entropy_with_logits(model.logits(x, visible), x, reduction="none")
    return (nats * hidden).sum() / hidden.sum()


def train(draw: Draw, budget: str, seed: int) -> OrderAgnosticNADE:
    """Return a network trained to predict what `draw` hides from what it shows."""
    settings, (x, _) = BUDGETS[budget], splits(budget)[0]
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model: OrderAgnosticNADE = start_at_pixel_means(OrderAgnosticNADE(D, **settings.sizes), x)
        fit(
            model,
            lambda model, x: prediction_nats(model, x, draw(len(x), generator)),
            x,
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            optimizer=lambda parameters: torch.optim.Adam(parameters, settings.learning_rate),
            schedule=linear_decay,
            seed=seed,
        )
    return model.eval()


@torch.no_grad()
def probe(features: Callable[[Tensor], Tensor], budget: str) -> float:
    """Return the accuracy in percent of a linear probe of the digits' classes, the penalty chosen on valid."""
    train, valid, test = splits(budget)
    rows = torch.linspace(0, len(train[0]) - 1, LABELS[budget]).long()
    few = train[0][rows], train[1][rows]
    train, test, valid = ((features(x), y) for x, y in (few, test, valid))
    return linear_probe(train, test, valid, PENALTIES).accuracy


@torch.no_grad()
def scores(model: OrderAgnosticNADE, draw: Draw, budget: str) -> dict[str, float]:
    """Return nats per hidden pixel on test, those of independent pixels, and the probe."""
    x = splits(budget)[2][0]
    masks = draw(len(x), torch.Generator().manual_seed(0))
    alone = torch.logit(splits(budget)[0][0].mean(dim=0).clamp(1e-3, 1 - 1e-3)).expand_as(x)
    nats = binary_cross_entropy_with_logits(alone, x, reduction="none")
    return {
        "nats per hidden pixel": round(float(prediction_nats(model, x, masks)), 4),
        "independent pixels": round(float((nats * masks[1]).sum() / masks[1].sum()), 4),
        "probe": round(probe(model.features, budget), 2),
    }


def measure(path: Path, budget: str = "cpu", seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Train one network per choice and seed; write `path` after each, and resume from it.

    Raises:
        ValueError: `path` holds results of other settings.
        DatasetError: MNIST can neither be found nor downloaded.

    """
    settings = {"training": vars(BUDGETS[budget]), "labels": LABELS[budget], "penalties": PENALTIES}
    content = runner.open_results(path, settings)

    def row(hidden: str, seed: int) -> dict[str, Any]:
        began = time.process_time()
        if hidden == PIXELS:
            return {"scores": {"probe": round(probe(lambda x: x, budget), 2)}}
        if hidden == RANDOM:
            with torch.random.fork_rng():
                torch.manual_seed(seed)
                model = OrderAgnosticNADE(D, **BUDGETS[budget].sizes)
            return {"scores": {"probe": round(probe(model.features, budget), 2)}}
        draw = (PARTS | DIFFICULTY)[hidden]
        found = scores(train(draw, budget, seed), draw, budget)
        return {"cpu_seconds": round(time.process_time() - began, 1), "scores": found}

    cases = [{"hidden": PIXELS, "seed": 0}]
    cases += runner.grid(seed=seeds, hidden=[RANDOM, *PARTS, *DIFFICULTY])
    return runner.run_missing(path, content, cases, row)


def _rows(hidden: str) -> list[dict[str, Any]]:
    return [row for row in runner.read(__name__)["rows"] if row["hidden"] == hidden]


def summary() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table of LeCun's list: nats, what of the baseline is saved, and the probe.

    Raises:
        ValueError: it has not been run.

    """
    lines = [[name, "—", "—", "—", runner.means(_rows(name), ["probe"])[0]] for name in (PIXELS, RANDOM)]
    for name in PARTS:
        rows = _rows(name)
        nats, alone = (
            torch.tensor([row["scores"][key] for row in rows]) for key in rows[0]["scores"] if key != "probe"
        )
        saved = f"{100 * float((1 - nats / alone).mean()):.0f}%"
        lines.append(
            [name, f"{float(nats.mean()):.3f}", f"{float(alone.mean()):.3f}", saved, *runner.means(rows, ["probe"])]
        )
    return ["predict", "nats per hidden pixel", "independent pixels", "saved", "linear probe, %"], lines


def difficulty() -> dict[int, tuple[float, float]]:
    """Return, by the number of hidden pixels, the mean and the spread of the probe in percent.

    Raises:
        ValueError: it has not been run.

    """
    found = {}
    for count, name in zip(COUNTS, DIFFICULTY, strict=True):
        values = torch.tensor([row["scores"]["probe"] for row in _rows(name)])
        found[count] = float(values.mean()), float(values.std()) if len(values) > 1 else 0.0
    return found
