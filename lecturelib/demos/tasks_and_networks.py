"""What the demo "architectures" shows: the paper's table of tasks and networks, and ours with its spread and stages."""

from statistics import mean, stdev
from typing import Any

STAGES = ("stage 1", "stage 2", "stage 3", "stage 4")


def packed() -> dict[str, Any]:
    """Return both tables as architectures.js reads them, a list of cells [task][width][network] each.

    Raises:
        ValueError: ours has not been run.

    """
    from lecturelib.experiments import architectures as table  # only a build needs it

    paper_widths = sorted({width for widths in table.PAPER_WIDTHS.values() for width in widths})
    tasks = list(table.PAPER_WIDTHS)
    paper = [
        [[{"mean": table.PAPER[name][k]} for name in table.PAPER] if k is not None else None for k in row]
        for row in _places(table.PAPER_WIDTHS, paper_widths)
    ]
    widths, mine = list(table.GRIDS["cpu"].widths), [*table.TASKS, table.NOTHING]
    ours = [[[_cell(table.of_cell(task, name, w)) for name in table.BACKBONES] for w in widths] for task in mine]
    return {
        "tables": {
            "paper": {"tasks": tasks, "widths": paper_widths, "networks": list(table.PAPER), "cells": paper},
            "ours": {"tasks": mine, "widths": widths, "networks": list(table.BACKBONES), "cells": ours},
        },
    }


def _places(widths_of: Any, widths: list[int]) -> list[list[int | None]]:
    """Return for each task and width its place in a row of the paper's table, None where the paper has no such cell."""
    places = iter(range(sum(map(len, widths_of.values()))))
    return [[next(places) if width in own else None for width in widths] for own in widths_of.values()]


def _cell(rows: list[dict[str, Any]]) -> dict[str, Any]:
    scores = [row["scores"] for row in rows]
    probe = [float(one["probe"]) for one in scores]
    stages = [round(mean(float(one[stage]) for one in scores), 2) for stage in STAGES]
    return {"mean": round(mean(probe), 6), "spread": round(stdev(probe), 6), "stages": stages}
