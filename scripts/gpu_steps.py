"""One step of every recipe on a GPU against the CPU: `python scripts/gpu_steps.py --out FILE --minutes 2`.

Loss and gradient norm of the same weights and examples on both, in eval mode (and, where the loss draws noise, only
its size), then seconds a training step on both, at the smoke budget's sizes. Without a GPU, the CPU against itself.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from lecturelib import recipes
from lecturelib.datasets import available, load
from lecturelib.recipes.recipe import Recipe, head
from lecturelib.training.devices import chosen_device, hardware

EXAMPLES, STEPS, TOLERANCE = 16, 5, 1e-3


def few_examples(recipe: Recipe) -> Any:
    """Return a few prepared examples; of a text, from its beginning."""
    split = load(recipe.dataset).train
    rows = {part: getattr(split, part)[:2000] for part in ("x", "y", "lengths") if getattr(split, part) is not None}
    return head(recipe.prepare(replace(split, **rows)), EXAMPLES)


def on(batch: Any, device: torch.device) -> Any:
    """Return the batch on a device."""
    return batch.to(device) if isinstance(batch, torch.Tensor) else tuple(part.to(device) for part in batch)


def measured(recipe: Recipe, batch: Any, device: torch.device) -> dict[str, float]:
    """Return loss, its change with the noise, gradient norm, and seconds a step."""
    settings = recipe.budgets["smoke"]
    torch.manual_seed(0)
    model = recipe.build(batch, **settings.sizes).to(device).eval()
    batch = on(batch, device)
    values = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        model.zero_grad()
        value = recipe.loss(model, batch, settings)
        value.backward()
        values.append(float(value.detach()))
    norm = torch.nn.utils.get_total_norm([p.grad.to_dense() for p in model.parameters() if p.grad is not None])
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), settings.learning_rate)
    for step in range(STEPS + 1):
        if step == 1:
            start = time.perf_counter()
        optimizer.zero_grad()
        last = recipe.loss(model, batch, settings)
        last.backward()
        optimizer.step()
    float(last.detach())  # waits for the device
    seconds = (time.perf_counter() - start) / STEPS
    return {"loss": values[1], "noise": abs(values[1] - values[0]), "gradient": float(norm), "seconds": seconds}


def compare(recipe: Recipe, device: torch.device) -> dict[str, Any]:
    """Return what both devices measure, and whether they agree."""
    batch = few_examples(recipe)
    cpu, there = measured(recipe, batch, torch.device("cpu")), measured(recipe, batch, device)
    noise = 10 * max(cpu["noise"], there["noise"])
    agree = abs(cpu["loss"] - there["loss"]) <= TOLERANCE * (1 + abs(cpu["loss"])) + noise
    if not noise:
        agree &= abs(cpu["gradient"] - there["gradient"]) <= 10 * TOLERANCE * (1 + cpu["gradient"])
    return {"recipe": recipe.name, "state": "agree" if agree else "DIFFER", "cpu": cpu, device.type: there}


def main() -> int:
    """Compare all recipes whose data is there; 1 if one differs or fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(recipes.RECIPES))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30.0)
    given = parser.parse_args()
    deadline, rows = time.monotonic() + 60 * given.minutes, []
    for name in given.names:
        recipe = recipes.get(name)
        row: dict[str, Any] = {"recipe": name, "state": "no data here"}
        if time.monotonic() > deadline:
            row["state"] = "no time left"
        elif available(recipe.dataset):
            try:
                row = compare(recipe, chosen_device())
            except Exception as error:  # the others are compared all the same
                row = {"recipe": name, "state": "failed", "error": f"{type(error).__name__}: {error}".splitlines()[0]}
        rows.append(row)
        print(json.dumps(row), flush=True)
        content = {"hardware": hardware(), "torch": torch.__version__, "rows": rows}
        given.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return int(any(row["state"] in ("DIFFER", "failed") for row in rows))


if __name__ == "__main__":
    sys.exit(main())
