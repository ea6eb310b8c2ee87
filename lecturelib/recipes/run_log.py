"""How far the runs of a folder are: runs/progress.json, which also keeps what finished seeds of unfinished runs scored.

    {"nade-binarized-mnist, gpu": {"state": "unfinished", "why": "time is over in epoch 7 of 15, ...", "seeds": 3,
      "now": {"seed": 1, "epochs": 6, "steps": 3000, "seconds": 380.2, "valid": [94.1, ...]},
      "measured": [{"seed": 0, "test": 88.7, ...}], "machines": ["AMD EPYC, 1 thread"], ...}}

Numbers of unfinished runs stand here alone; results/NAME.json holds finished ones.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from lecturelib.atomic import atomic_write
from lecturelib.training import History
from lecturelib.training.devices import hardware


class RunLog:
    """The entry of one recipe at one budget; its state is "running", "unfinished", "failed" or "finished".

    Args:
        runs: folder of the file.
        name: of the entry.
        settings: an entry of other settings is forgotten.
        seeds: how many are to be run.

    """

    def __init__(self, runs: Path, name: str, settings: Mapping[str, Any], seeds: int) -> None:
        self.path, self.name = runs / "progress.json", name
        settings = json.loads(json.dumps(settings))
        before = read(runs).get(name, {})
        kept = before if before.get("settings") == settings and before["state"] != "finished" else {}
        machines = [m for m in kept.get("machines", []) if m != hardware()] + [hardware()]
        self.entry: dict[str, Any] = {"state": "running", "seeds": seeds, "now": kept.get("now", {})}
        self.entry |= {"measured": kept.get("measured", []), "machines": machines, "settings": settings}
        self._write()

    def measured(self, seed: int) -> dict[str, Any] | None:
        """Return what was measured of a seed, if anything."""
        return next((row for row in self.entry["measured"] if row["seed"] == seed), None)

    def add(self, row: dict[str, Any]) -> None:
        """Keep what was measured of a seed."""
        self.entry["measured"].append(row)
        self._write()

    def note(self, seed: int, history: History) -> None:
        """Keep how far the training of a seed is, and its validation losses so far."""
        valid = [round(value, 4) for value in history.valid]
        done = {"epochs": len(history.train), "steps": history.steps, "seconds": round(history.seconds, 1)}
        self.entry["now"] = {"seed": seed, **done, "valid": valid}
        self._write()

    def end(self, state: str, why: str) -> None:
        """Keep in which state the run ends, and why."""
        if state == "finished":
            self.entry |= {"now": {}, "measured": []}
        self.entry |= {"state": state, "why": why}
        self._write()

    def _write(self) -> None:
        if int(os.environ.get("RANK", "0")) == 0:
            content = read(self.path.parent) | {self.name: self.entry | {"updated": f"{datetime.now():%F %T}"}}
            with atomic_write(self.path) as aside:
                aside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(runs: Path) -> dict[str, Any]:
    """Return the entries of a folder's file; none where it is absent or damaged."""
    with suppress(OSError, ValueError):
        content: dict[str, Any] = json.loads((runs / "progress.json").read_text(encoding="utf-8"))
        return content
    return {}
