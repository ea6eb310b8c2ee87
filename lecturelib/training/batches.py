"""Batches for the training loop: cut from tensors, or read from a DataLoader or any other iterable of batches."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import torch
from torch import Tensor

Batch = Tensor | tuple[Tensor, ...]
EVAL_BATCH_SIZE = 256  # for tensors where nothing else is said


class TensorBatches:
    """Batches of `size` examples of a tensor or a tuple of tensors, which is moved to the device as a whole.

    Each of `processes` gets an equal part of every training batch, and of the examples where nothing is trained.
    """

    def __init__(self, data: Batch, size: int, device: torch.device, processes: int = 1, rank: int = 0) -> None:
        self.tuple, self.device = isinstance(data, tuple), device
        self.parts = tuple(part.to(device) for part in (data if isinstance(data, tuple) else (data,)))
        self.examples = len(self.parts[0])
        self.size, self.processes, self.rank = min(size, self.examples), processes, rank
        if self.size % processes:
            raise ValueError(f"batch_size: expected a multiple of the {processes} processes, got {self.size}")

    def __len__(self) -> int:
        """Return the number of training batches; an incomplete last one is left out."""
        return self.examples // self.size

    def settings(self) -> dict[str, object]:
        """Return what a run that is resumed must have in common with the one that was interrupted."""
        return {"examples": self.examples, "batch_size": self.size}

    def shuffled(self, seed: int, start: int = 0) -> Iterator[Batch]:
        """Yield this process's part of each training batch from number `start` on, in an order given by the seed."""
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(self.examples, generator=generator, device="cpu").to(self.device)
        for rows in order.split(self.size)[start : len(self)]:
            yield self._select(rows.chunk(self.processes)[self.rank])

    def in_order(self) -> Iterator[tuple[Batch, int]]:
        """Yield batches that contain this process's examples once, and how many are in each."""
        mine = torch.arange(self.examples, device=self.device).chunk(self.processes)
        if self.rank < len(mine):
            for rows in mine[self.rank].split(self.size):
                yield self._select(rows), len(rows)

    def _select(self, rows: Tensor) -> Batch:
        chosen = tuple(part[rows] for part in self.parts)
        return chosen if self.tuple else chosen[0]


class StreamBatches:
    """The batches of a DataLoader or of another iterable, moved to the device one by one.

    A DataLoader shuffles by torch's random state or by a generator of its own: for an epoch, `shuffled` sets both from
    the seed, so that a run that is resumed reads the same batches; the generator is left as it was. Each of `processes`
    reads all batches and keeps its part of the rows.
    """

    def __init__(self, data: Iterable[object], device: torch.device, processes: int = 1, rank: int = 0) -> None:
        self.data, self.device, self.processes, self.rank = data, device, processes, rank

    def __len__(self) -> int:
        """Return the number of batches, or 0 where the iterable does not tell."""
        try:
            return len(self.data)  # type: ignore[arg-type]
        except TypeError:
            return 0

    def settings(self) -> dict[str, object]:
        """Return what a run that is resumed must have in common with the one that was interrupted."""
        return {"batches": len(self), "batch_size": None}

    def shuffled(self, seed: int, start: int = 0) -> Iterator[Batch]:
        """Yield this process's part of each batch from number `start` on."""
        torch.manual_seed(seed)
        with seeded(generators(self.data), seed):
            for batch in islice(self.data, start, None):
                parts, n = self._parts(batch)
                if n % self.processes:
                    raise ValueError(
                        f"train: expected batches of a multiple of the {self.processes} processes, got {n}"
                    )
                yield self._like(batch, [part.chunk(self.processes)[self.rank] for part in parts])

    def in_order(self) -> Iterator[tuple[Batch, int]]:
        """Yield this process's batches, and how many examples are in each."""
        for batch in islice(self.data, self.rank, None, self.processes):
            parts, n = self._parts(batch)
            yield self._like(batch, parts), n

    def _parts(self, batch: object) -> tuple[list[Tensor], int]:
        parts: list[Any] = list(batch) if isinstance(batch, tuple | list) else [batch]
        check_batch("a batch", tuple(parts))
        return [part.to(self.device) for part in parts], len(parts[0])

    def _like(self, batch: object, parts: list[Tensor]) -> Batch:
        return parts[0] if isinstance(batch, Tensor) else tuple(parts)


def generators(data: object) -> list[torch.Generator]:
    """Return the generators that a DataLoader and its samplers draw from, if they have any of their own."""
    batch_sampler = getattr(data, "batch_sampler", None)
    owners = (data, getattr(data, "sampler", None), batch_sampler, getattr(batch_sampler, "sampler", None))
    found = [getattr(owner, "generator", None) for owner in owners]
    return [generator for generator in found if isinstance(generator, torch.Generator)]


@contextmanager
def seeded(generators: list[torch.Generator], seed: int) -> Iterator[None]:
    """Let the generators begin from the seed, and leave them as they were."""
    states = [generator.get_state() for generator in generators]
    for generator in generators:
        generator.manual_seed(seed)
    try:
        yield
    finally:
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)


def batches(
    name: str, data: object, size: int | None, device: torch.device, processes: int = 1, rank: int = 0
) -> TensorBatches | StreamBatches:
    """Return the batches of `data`, after checking it.

    Args:
        name: of the argument, for messages.
        data: a tensor [examples, ...], a tuple of tensors with as many rows, or an iterable of such batches.
        size: of a batch of tensors; None for an iterable, which has batches of its own.
        device: for the batches.
        processes, rank: how many processes share the work, and which of them this one is.

    Raises:
        TypeError, ValueError: there are no examples, the parts do not agree, or the iterable can be read only once.

    """
    if isinstance(data, Tensor | tuple):
        check_batch(name, data)
        return TensorBatches(data, size or EVAL_BATCH_SIZE, device, processes, rank)
    if isinstance(data, list | dict | str) or not isinstance(data, Iterable):
        raise TypeError(
            f"{name}: expected a tensor [examples, ...], a tuple of them, or a DataLoader, got {type(data).__name__}"
        )
    if isinstance(data, Iterator):
        raise TypeError(
            f"{name}: expected an iterable that can be read again in every epoch, got a {type(data).__name__}"
        )
    return StreamBatches(data, device, processes, rank)


def check_batch(name: str, data: object) -> None:
    """Raise unless `data` is a tensor with rows, or a tuple of tensors with as many rows."""
    parts = data if isinstance(data, tuple) else (data,)
    if not parts or not all(isinstance(part, Tensor) and part.dim() for part in parts):
        got = ", ".join(type(part).__name__ for part in parts) or "an empty tuple"
        raise TypeError(f"{name}: expected a tensor [examples, ...] or a tuple of them, got {got}")
    if any(part.is_meta for part in parts):
        raise ValueError(f"{name}: expected tensors with values, got one on the device meta")
    counts = [len(part) for part in parts]
    if counts[0] == 0 or len(set(counts)) > 1:
        raise ValueError(f"{name}: expected as many examples in every part, at least one, got {counts}")
