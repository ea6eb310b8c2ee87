"""Side by side: CPU seconds of one thread, warmed up, interleaved, medians; peak memory in a fresh process."""

import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from lecturelib.atomic import atomic_write
from lecturelib.paths import results_dir
from lecturelib.training.devices import hardware


def cpu_seconds(
    candidates: Mapping[str, Callable[[], Any]], repeats: int, *, warm_up: Callable[[], Any] | None = None
) -> dict[str, float]:
    """Return the median CPU seconds of each candidate over `repeats` rounds, each round running all in turn.

    Before that, every candidate runs once, or `warm_up` instead where they take minutes.
    """
    torch.set_num_threads(1)
    for candidate in [warm_up] if warm_up else candidates.values():
        candidate()
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(repeats):
        for name, candidate in candidates.items():
            start = time.process_time()
            candidate()
            seconds[name].append(time.process_time() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def peak_mebibytes(prepare: Callable[[], Callable[[int], Any]], small: int, large: int) -> float:
    """Return by how much a call with `large` raises the peak memory of a process that has called it with `small`."""
    queue: Any = multiprocessing.get_context("spawn").Queue()
    process = multiprocessing.get_context("spawn").Process(target=_peak, args=(prepare, small, large, queue))
    process.start()
    value: float = queue.get(timeout=600)
    process.join()
    return value


def _peak(prepare: Callable[[], Callable[[int], Any]], small: int, large: int, queue: Any) -> None:
    torch.set_num_threads(1)
    run = prepare()
    run(small)
    Path("/proc/self/clear_refs").write_text("5")  # Linux: the peak starts again from what is in use now
    before = _peak_kibibytes()
    run(large)
    queue.put((_peak_kibibytes() - before) / 1024)


def _peak_kibibytes() -> int:
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def report(name: str, rows: list[dict[str, Any]]) -> None:
    """Print the rows as a table and write them with the hardware to results/benchmarks/NAME.json."""
    for row in rows:
        print(
            f"{row['work']:48} ours {row['ours']:9.4g} {row['unit']}, "
            f"{row['other']}: {row['theirs']:9.4g} {row['unit']}, ratio {row['ratio']:6.1f} (target {row['target']})"
        )
    path: Path = results_dir() / "benchmarks" / f"{name}.json"
    content = {"hardware": hardware(), "torch": torch.__version__, "rows": rows}
    with atomic_write(path) as aside:
        aside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def row(work: str, other: str, unit: str, ours: float, theirs: float, target: str) -> dict[str, Any]:
    """Return one row of a report; the ratio says how many times more the other way takes."""
    return {
        "work": work,
        "other": other,
        "unit": unit,
        "ours": float(f"{ours:.4g}"),
        "theirs": float(f"{theirs:.4g}"),
        "ratio": float(f"{theirs / max(ours, 1e-9):.4g}"),
        "target": target,
    }
