"""Experiments of many trainings: one row each in one file of `results/experiments/`; a stopped run goes on with it."""

import itertools
import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from lecturelib.atomic import written_aside
from lecturelib.paths import results_dir
from lecturelib.recipes.reproduce import hardware


def begin(path: Path, settings: Any, module: str) -> dict[str, Any]:
    """Return what the file holds, or a new content without rows.

    Raises:
        ValueError: the file holds rows of other settings.

    """
    used = json.loads(json.dumps(settings))
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"settings": used, "rows": []}
    if content["settings"] != used:
        raise ValueError(f"settings: expected those of {path.name}, got others; remove the file and run it anew")
    command = f"python -m lecturelib.experiments.{module}"
    described: dict[str, Any] = content | {"hardware": hardware(), "torch": version("torch"), "command": command}
    return described


def cases(**values: Iterable[Any]) -> list[dict[str, Any]]:
    """Return all combinations of the values of each name, those of the last name next to each other."""
    return [dict(zip(values, some, strict=True)) for some in itertools.product(*values.values())]


def go_on(
    path: Path,
    content: dict[str, Any],
    cases: Iterable[Mapping[str, Any]],
    measure: Callable[..., Mapping[str, Any]],
    *,
    processes: int = 1,
) -> dict[str, Any]:
    """Measure the cases that have no row yet; after each, write the file and print the row.

    Args:
        path: of the file.
        content: as `begin` returns it; the rows are added to it.
        cases: names and values that set a row apart, such as task and seed.
        measure: called with them by name; returns the rest of the row.
        processes: how many cases to measure at once, each process on a GPU of its own as long as there are any;
            `measure` must then be a function that can be pickled.

    Returns:
        The content.

    """
    left = [case for case in cases if not any(row.items() >= case.items() for row in content["rows"])]
    for case, found in _measured(left, measure, processes):
        content["rows"].append({**case, **found})
        write(path, content)
        print(json.dumps(content["rows"][-1], ensure_ascii=False), flush=True)
    return content


def _measured(
    cases: Sequence[Mapping[str, Any]], measure: Callable[..., Mapping[str, Any]], processes: int
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield each case with what was measured, as it comes."""
    if processes == 1:
        for case in cases:
            yield case, measure(**case)
        return
    context = multiprocessing.get_context("spawn")
    numbers = context.SimpleQueue()
    for k in range(processes):
        numbers.put(k)
    with ProcessPoolExecutor(processes, context, _take_a_gpu, (numbers,)) as pool:
        running = {pool.submit(measure, **case): case for case in cases}
        for done in as_completed(running):
            yield running[done], done.result()


def _take_a_gpu(numbers: Any) -> None:
    """Show this process one GPU only, and let it use one thread, for the others need theirs."""
    number, count = numbers.get(), torch.cuda.device_count()
    if count:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(number % count)
    torch.set_num_threads(1)


def write(path: Path, content: dict[str, Any]) -> None:
    """Write the file, or leave it as it was."""
    with written_aside(path) as aside:
        aside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path, module: str) -> dict[str, Any]:
    """Return what the file holds: `rows`, `settings`, `hardware`, `torch`, `command`.

    Raises:
        ValueError: the experiment has not been run.

    """
    if not path.exists():
        raise ValueError(
            f"results: expected {path.name}, got no such file; run `python -m lecturelib.experiments.{module}`"
        )
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def means(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """Return "mean ± spread" over the rows' `scores`, for each name; of one row, the value alone."""
    values = torch.tensor([[row["scores"][name] for name in names] for row in rows])
    means = [f"{mean:.1f}" for mean in values.mean(dim=0).tolist()]
    if len(rows) == 1:
        return means
    return [f"{mean} ± {spread:.1f}" for mean, spread in zip(means, values.std(dim=0).tolist(), strict=True)]


def default_path(name: str) -> Path:
    """Return the file of an experiment's results."""
    return results_dir() / "experiments" / f"{name}.json"
