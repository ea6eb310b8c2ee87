"""The adding problem: can a network learn to remember? An RNN against LSTMs whose forget gates start near 1/2 and 3/4.

Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (1997), Section 5.4, in the form of Arjovsky,
Shah and Bengio, "Unitary Evolution Recurrent Neural Networks", ICML (2016): two rows of numbers, values from 0 to 1 and
marks. One value in the first half is marked and one in the second; wanted, at the end, is the sum of the two.

    >>> done = train("LSTM, forget bias 1", length=50)
    >>> done.steps, done.error              # mean squared error; always answering 1 has 1/6

    python -m lecturelib.recipes.long_lags  # all lengths and seeds, to results/experiments/long-lags.json

There is no data set and no paper's number, so these are no `Recipe`s. The networks are torch.nn's, whose loops over
time are compiled: the same functions as ours, to which `RNN.from_torch` and `LSTM.from_torch` take them.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lecturelib import checks
from lecturelib.progress import progress_bar
from lecturelib.recipes import experiments

MODULE = "long_lags"
BASELINE = 1 / 6  # the variance of the sum of two values: the error of always answering its mean, 1
LENGTHS, SEEDS = (10, 50, 100, 200), (0, 1, 2)
TEST_SEED = 2**31  # one test set for all


@dataclass(frozen=True)
class Settings:
    """How all networks are trained: new random examples each step, Adam, and clipped gradients."""

    hidden: int = 32
    batch_size: int = 32
    learning_rate: float = 1e-2
    clip: float = 1.0
    steps: int = 3000
    test_examples: int = 500
    test_every: int = 100
    solved: float = 0.005


# An RNN does better with smaller steps: 3e-3 was the best of 1e-2, 3e-3 and 1e-3 at length 20.
KINDS = {
    "RNN": Settings(learning_rate=3e-3),
    "LSTM, forget bias 0": Settings(),
    "LSTM, forget bias 1": Settings(),
}


@dataclass
class LagRun:
    """A trained network, its steps and error on the test examples, and the error after every `test_every` steps."""

    network: nn.RNNBase
    read_out: nn.Linear
    steps: int = 0
    error: float = float("inf")
    solved: bool = False
    curve: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0


def adding_problem(
    n: int, length: int, generator: torch.Generator, *, within: int | None = None
) -> tuple[Float[Tensor, "n length 2"], Float[Tensor, " n"]]:
    """Return `n` random examples, values and marks, and the sums of their two marked values.

    Args:
        n: how many.
        length: of the sequences.
        generator: of the values and the places of the marks.
        within: the marks stand in the first and in the second half of so many first steps; default all.

    Raises:
        TypeError, ValueError: a number is no integer, `n` is not positive, or `length` or `within` has no room for two.

    """
    checks.positive_int("n", n)
    checks.positive_int("length", length)
    if length < 2:
        raise ValueError(f"length: expected at least 2, since two values are marked, got {length}")
    within = length if within is None else within
    checks.integer_between("within", within, 2, length)
    values, marks = torch.rand(n, length, generator=generator), torch.zeros(n, length)
    half = within // 2
    for low, high in ((0, half), (half, within)):
        marks.scatter_(1, torch.randint(low, high, (n, 1), generator=generator), 1.0)
    return torch.stack([values, marks], dim=2), (values * marks).sum(dim=1)


def train(
    kind: str, length: int, *, seed: int = 0, within: int | None = None, settings: Settings | None = None
) -> LagRun:
    """Train until the test error is at most `settings.solved`, or for `settings.steps` steps.

    Args:
        kind: one of `KINDS`.
        length, within: of the sequences and their marks, as for `adding_problem`.
        seed: decides initial weights and examples; no random state leaks out.
        settings: default those of `KINDS`.

    Raises:
        TypeError, ValueError: an unknown kind, or a length or `within` that `adding_problem` refuses.

    """
    checks.one_of("kind", kind, list(KINDS))
    settings = settings or KINDS[kind]
    test_generator = torch.Generator().manual_seed(TEST_SEED)
    test_x, test_y = adding_problem(settings.test_examples, length, test_generator, within=within)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        run = LagRun(_network(kind, settings.hidden), nn.Linear(settings.hidden, 1))
    parameters = [*run.network.parameters(), *run.read_out.parameters()]
    optimizer = torch.optim.Adam(parameters, settings.learning_rate)
    generator, began = torch.Generator().manual_seed(seed), time.process_time()
    with progress_bar(settings.steps, 0, True) as bar:
        bar.set_description(f"{kind}, length {length}")
        while run.steps < settings.steps and not run.solved:
            x, y = adding_problem(settings.batch_size, length, generator, within=within)
            loss = (answer(run, x) - y).square().mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, settings.clip)
            optimizer.step()
            run.steps += 1
            bar.update()
            if run.steps % settings.test_every == 0 or run.steps == settings.steps:
                with torch.no_grad():
                    run.error = float((answer(run, test_x) - test_y).square().mean())
                run.curve.append(run.error)
                run.solved = run.error <= settings.solved
    run.cpu_seconds = time.process_time() - began
    return run


def answer(run: LagRun, x: Float[Tensor, "n length 2"]) -> Float[Tensor, " n"]:
    """Return what the network answers after it has read all of `x`."""
    y: Tensor = run.read_out(run.network(x)[0][:, -1])[:, 0]
    return y


def _network(kind: str, hidden: int) -> nn.RNNBase:
    """One layer with zero biases but the forget gate's; torch.nn stacks i, f, g, o and adds two biases."""
    network: nn.RNNBase = (nn.RNN if kind == "RNN" else nn.LSTM)(2, hidden, batch_first=True)
    for name, parameter in network.named_parameters():
        if "bias" in name:
            nn.init.zeros_(parameter)
        if name == "bias_ih_l0" and kind.endswith("1"):
            parameter.data[hidden : 2 * hidden] = 1
    return network


def measure(path: Path, lengths: Sequence[int] = LENGTHS, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Train every kind at all lengths with all seeds; write `path` after each, and go on where it was stopped."""
    content = experiments.begin(path, {kind: asdict(value) for kind, value in KINDS.items()}, MODULE)
    content["baseline"] = BASELINE

    def row(kind: str, length: int, seed: int) -> dict[str, Any]:
        run = train(kind, length, seed=seed)
        cost = {"error": round(run.error, 5), "cpu_seconds": round(run.cpu_seconds, 1)}
        return {"solved": run.solved, "steps": run.steps, **cost}

    cases = [{"kind": k, "length": n, "seed": s} for n in lengths for s in seeds for k in KINDS]
    return experiments.go_on(path, content, cases, row)


def results() -> dict[str, Any]:
    """Return what `python -m lecturelib.recipes.long_lags` has measured: `rows`, `settings`, `hardware`, `command`.

    Raises:
        ValueError: it has not been run.

    """
    return experiments.read(default_path(), MODULE)


def summary() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: how many seeds solved each length, and their median steps.

    Raises:
        ValueError: it has not been run.

    """
    measured = results()["rows"]
    rows = []
    for length in LENGTHS:
        cells = [str(length)]
        for kind in KINDS:
            mine = [row for row in measured if row["kind"] == kind and row["length"] == length]
            steps = sorted(row["steps"] for row in mine if row["solved"])
            median = f" (median {steps[len(steps) // 2]:,} steps)" if steps else ""
            cells.append(f"{len(steps)} of {len(mine)}{median}")
        rows.append(cells)
    return ["length", *KINDS], rows


def default_path() -> Path:
    """Return the file of the results."""
    return experiments.default_path("long-lags")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m lecturelib.recipes.long_lags", description=__doc__)
    parser.add_argument("--results", type=Path, default=default_path(), help="the JSON file to write and to go on with")
    torch.set_num_threads(1)
    measure(parser.parse_args().results)
