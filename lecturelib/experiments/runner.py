"""What all experiments share: one row per training, kept in one file from which an interrupted run is resumed.

content = runner.open_results(path, settings)
runner.run_missing(path, content, runner.grid(seed=seeds, method=METHODS), row)
"""

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

from lecturelib.atomic import atomic_write
from lecturelib.paths import results_dir
from lecturelib.training.devices import hardware


def results_path(module: str, budget: str = "cpu") -> Path:
    """Return the results file of an experiment, given its module's `__name__`; every other budget has its own file."""
    name = module.rpartition(".")[2].replace("_", "-")
    return results_dir() / "experiments" / f"{name}{'' if budget == 'cpu' else f'-{budget}'}.json"


def open_results(path: Path, settings: Any) -> dict[str, Any]:
    """Return the content of a results file, or new content without rows.

    Raises:
        ValueError: the file holds rows of other settings.

    """
    used = json.loads(json.dumps(settings))
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"settings": used, "rows": []}
    if content["settings"] != used:
        raise ValueError(f"settings: expected those of {path.name}, got others; remove the file and run it again")
    described: dict[str, Any] = content | {"hardware": hardware(), "torch": version("torch")}
    return described


def grid(**values: Iterable[Any]) -> list[dict[str, Any]]:
    """Return all combinations of the values of each name; the last name varies fastest."""
    return [dict(zip(values, some, strict=True)) for some in itertools.product(*values.values())]


def run_missing(
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
        content: from `open_results`; the rows are added to it.
        cases: the names and values that identify a row, such as task and seed.
        measure: called with them by name; returns the rest of the row.
        processes: how many cases to measure at once, each process on a GPU of its own where there are enough;
            with more than one, `measure` has to be picklable.

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
    """Yield each case with what was measured, in the order in which they finish."""
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
    """Give this process one GPU and one thread; the others need theirs."""
    number, count = numbers.get(), torch.cuda.device_count()
    if count:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(number % count)
    torch.set_num_threads(1)


def write(path: Path, content: dict[str, Any]) -> None:
    """Write the file, or leave it as it was."""
    with atomic_write(path) as aside:
        aside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(module: str) -> dict[str, Any]:
    """Return the stored results of an experiment, given its module's `__name__`.

    They are `rows`, `settings`, `hardware`, `torch` and `command`.

    Raises:
        ValueError: the experiment has not been run.

    """
    path = results_path(module)
    if not path.exists():
        raise ValueError(
            f"results: expected {path.name}, got no such file; run `python -m lecturelib experiment {path.stem}`"
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
