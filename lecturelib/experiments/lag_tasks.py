"""Tasks that need a long memory: the adding problem and the copy problem, at any length.

Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (1997), Section 5.4, for the adding problem;
both in the form of Arjovsky, Shah and Bengio, "Unitary Evolution Recurrent Neural Networks", ICML (2016).

    adding    two rows of numbers, values from 0 to 1 and marks; one value in the first half is marked and one in the
              second; the target, at the end, is the sum of the two
    copying   three symbols out of four, then `length` steps, all blank but the last, which has a mark; the targets, in
              three more blank steps, are the symbols in their order (the paper has ten symbols out of eight)

    >>> x, y = TASKS["copying"].examples(32, 50, torch.Generator().manual_seed(0))
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import cross_entropy, mse_loss, one_hot

from lecturelib import checks

SYMBOLS, KINDS = 3, 4  # of the copy problem: symbols in an example, and in the alphabet


def adding_problem(
    n: int, length: int, generator: torch.Generator, *, within: int | None = None
) -> tuple[Float[Tensor, "n length 2"], Float[Tensor, " n"]]:
    """Return `n` random examples, values and marks, and the sums of their two marked values.

    Args:
        n: number of examples.
        length: of the sequences.
        generator: of the values and the positions of the marks.
        within: number of steps, from the first on, in whose two halves the marks are; default all.

    Raises:
        TypeError, ValueError: a number is not an integer, `n` is not positive, or `length` or `within` is below 2.

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


def copy_problem(
    n: int, length: int, generator: torch.Generator
) -> tuple[Float[Tensor, "n steps input_size"], Int64[Tensor, "n symbols"]]:
    """Return `n` random examples, each step one-hot (the symbols, the blank, the mark), and their symbols.

    Args:
        n: number of examples.
        length: number of steps between the last symbol and the first answer; the sequences have twice three more.
        generator: of the symbols.

    Raises:
        TypeError, ValueError: a number is not a positive integer.

    """
    checks.positive_int("n", n)
    checks.positive_int("length", length)
    blank, mark = KINDS, KINDS + 1
    symbols = torch.randint(KINDS, (n, SYMBOLS), generator=generator)
    x = torch.full((n, SYMBOLS + length + SYMBOLS), blank)
    x[:, :SYMBOLS] = symbols
    x[:, SYMBOLS + length - 1] = mark
    return one_hot(x, KINDS + 2).float(), symbols


@dataclass(frozen=True)
class Task:
    """Inputs, outputs and loss of a task.

    Attributes:
        examples: a function like `adding_problem`.
        input_size: width of a step's input.
        answers: number of steps, the last ones, at which it answers.
        output_size: width of an answer.
        loss: of answers and targets.
        baseline: the lowest loss without memory.

    """

    examples: Callable[..., tuple[Tensor, Tensor]]
    input_size: int
    answers: int
    output_size: int
    loss: Callable[[Tensor, Tensor], Tensor]
    baseline: float


TASKS = {
    # The variance of the sum of two values: the squared error of always answering its mean, 1.
    "adding": Task(adding_problem, 2, 1, 1, lambda answer, y: mse_loss(answer[:, 0, 0], y), 1 / 6),
    # Nats per symbol; all are equally likely.
    "copying": Task(
        copy_problem, KINDS + 2, SYMBOLS, KINDS, lambda answer, y: cross_entropy(answer.mT, y), math.log(KINDS)
    ),
}
