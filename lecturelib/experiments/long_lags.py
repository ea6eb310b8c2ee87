"""Can a network learn to remember? An RNN against LSTMs whose forget gates start in different places.

    forget bias 0, 1    the gates start near 1/2 and near 3/4
    chrono              b_f = log u, b_i = -b_f, u uniform from 1 to T - 1, T the length of the sequences: what a cell
                        has stored starts to fade after about u steps (Tallec and Ollivier, "Can Recurrent Neural
                        Networks Warp Time?", ICLR 2018)

    >>> done = train("LSTM, forget bias 1", length=50)
    >>> done.steps, done.error              # mean squared error; always answering 1 has 1/6

    python -m lecturelib experiment long-lags  # all tasks, lengths and seeds, to results/experiments/long-lags.json

There is neither a data set nor a published number, so these are not `Recipe`s; the tasks are in `lag_tasks`. The
networks are torch.nn's, the same functions as ours, to which `RNN.from_torch` and `LSTM.from_torch` convert them.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lecturelib import checks
from lecturelib.experiments import runner
from lecturelib.experiments.lag_tasks import TASKS
from lecturelib.progress import progress_bar

LENGTHS, SEEDS = (10, 50, 100, 200), (0, 1, 2)
TEST_SEED = 2**31  # one test set for all


@dataclass(frozen=True)
class Settings:
    """How all networks are trained: new random examples each step, Adam, and clipped gradients."""

    hidden_size: int = 32
    batch_size: int = 32
    learning_rate: float = 1e-2
    clip: float = 1.0
    steps: int = 3000
    test_examples: int = 500
    test_every: int = 100
    solved: float = 0.03  # as a fraction of the error without memory


# An RNN does better with smaller steps: 3e-3 was the best of 1e-2, 3e-3 and 1e-3 at length 20.
KINDS = {
    "RNN": Settings(learning_rate=3e-3),
    "LSTM, forget bias 0": Settings(),
    "LSTM, forget bias 1": Settings(),
    "LSTM, chrono": Settings(),
}


@dataclass
class LagRun:
    """A trained network, its steps and error on the test examples, and the error after every `test_every` steps."""

    task: str
    network: nn.RNNBase
    read_out: nn.Linear
    steps: int = 0
    error: float = float("inf")
    solved: bool = False
    curve: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0


def train(
    kind: str,
    length: int,
    task: str = "adding",
    *,
    seed: int = 0,
    within: int | None = None,
    settings: Settings | None = None,
    start: Callable[[nn.RNNBase], object] | None = None,
) -> LagRun:
    """Train until the test error is small enough (`settings.solved`), or for `settings.steps` steps.

    Args:
        kind: one of `KINDS`.
        length: of the task, see `lag_tasks`.
        task: "adding" or "copying".
        seed: decides initial weights and examples; no random state leaks out.
        within: for the adding problem, the number of steps, from the first on, in which the marks are.
        settings: default those of `KINDS`.
        start: called with the new network, to initialise it in another way.

    Raises:
        TypeError, ValueError: an unknown kind or task, or a length or `within` that the task refuses.

    """
    checks.one_of("kind", kind, list(KINDS))
    checks.one_of("task", task, list(TASKS))
    if within is not None and task != "adding":
        raise ValueError(f"within: expected none, which only the adding problem has, got {within} with {task}")
    settings, of = settings or KINDS[kind], TASKS[task]
    examples = of.examples if within is None else partial(of.examples, within=within)
    test_x, test_y = examples(settings.test_examples, length, torch.Generator().manual_seed(TEST_SEED))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = _network(kind, of.input_size, settings.hidden_size, test_x.shape[1])
        run = LagRun(task, network, nn.Linear(settings.hidden_size, of.output_size))
        if start is not None:
            start(network)
    parameters = [*run.network.parameters(), *run.read_out.parameters()]
    optimizer = torch.optim.Adam(parameters, settings.learning_rate)
    generator, began = torch.Generator().manual_seed(seed), time.process_time()
    with progress_bar(settings.steps, 0, True) as bar:
        bar.set_description(f"{task}, {kind}, length {length}")
        while run.steps < settings.steps and not run.solved:
            x, y = examples(settings.batch_size, length, generator)
            loss = of.loss(answer(run, x), y)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, settings.clip)
            optimizer.step()
            run.steps += 1
            bar.update()
            if run.steps % settings.test_every == 0 or run.steps == settings.steps:
                with torch.no_grad():
                    run.error = float(of.loss(answer(run, test_x), test_y))
                run.curve.append(run.error)
                run.solved = run.error <= settings.solved * of.baseline
    run.cpu_seconds = time.process_time() - began
    return run


def answer(run: LagRun, x: Float[Tensor, "n steps input_size"]) -> Float[Tensor, "n answers output_size"]:
    """Return the network's answers at the last steps of `x`."""
    y: Tensor = run.read_out(run.network(x)[0][:, -TASKS[run.task].answers :])
    return y


def _network(kind: str, input_size: int, hidden_size: int, steps: int) -> nn.RNNBase:
    """Return one layer with zero biases but for the gates'; torch.nn stacks i, f, g, o and adds two biases."""
    network: nn.RNNBase = (nn.RNN if kind == "RNN" else nn.LSTM)(input_size, hidden_size, batch_first=True)
    for name, parameter in network.named_parameters():
        if "bias" in name:
            nn.init.zeros_(parameter)
    if kind != "RNN":
        i, f, _, _ = network.get_parameter("bias_ih_l0").data.split(hidden_size)
        if kind == "LSTM, chrono":
            f.uniform_(1, max(steps - 1, 1)).log_()
            i.copy_(-f)
        else:
            f.fill_(float(kind[-1]))
    return network


def measure(path: Path, lengths: Sequence[int] = LENGTHS, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Train every kind on all tasks and lengths with all seeds; each is written to `path`, so that runs can resume."""
    content = runner.open_results(path, {kind: asdict(value) for kind, value in KINDS.items()})
    content["baseline"] = {name: task.baseline for name, task in TASKS.items()}

    def row(task: str, kind: str, length: int, seed: int) -> dict[str, Any]:
        run = train(kind, length, task, seed=seed)
        cost = {"error": round(run.error, 5), "cpu_seconds": round(run.cpu_seconds, 1)}
        return {"solved": run.solved, "steps": run.steps, **cost}

    cases = runner.grid(task=TASKS, length=lengths, seed=seeds, kind=KINDS)
    return runner.run_missing(path, content, cases, row)


def results() -> dict[str, Any]:
    """Return what `python -m lecturelib experiment long-lags` has measured: `rows`, `settings`, `hardware`, `command`.

    Raises:
        ValueError: it has not been run.

    """
    return runner.read(__name__)


def summary(task: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: the median steps of the seeds that solved each length of a task.

    Where not all did, their number is added; where none did, it is the lowest final error.

    Raises:
        ValueError: it has not been run.

    """
    measured = [row for row in results()["rows"] if row["task"] == task]
    lines = []
    for length in LENGTHS:
        cells = [str(length)]
        for kind in KINDS:
            mine = [row for row in measured if row["kind"] == kind and row["length"] == length]
            steps = sorted(row["steps"] for row in mine if row["solved"])
            if not steps:
                cells.append(f"not solved: {min(row['error'] for row in mine):.2f}")
            else:
                some = "" if len(steps) == len(mine) else f" ({len(steps)} of {len(mine)})"
                cells.append(f"{steps[len(steps) // 2]:,} steps{some}")
        lines.append(cells)
    return ["length", *(kind.replace("forget bias", "bias") for kind in KINDS)], lines
