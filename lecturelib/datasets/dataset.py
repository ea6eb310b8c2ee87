"""What `load` returns: three splits of tensors and the card that says where they come from."""

import textwrap
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """Examples, and their labels where the set has any.

    `len(split)` is the number of examples (of characters, for text), as for every torch data set; so a split is
    no tuple, and does not unpack: write `split.x` and `split.y`.

    Args:
        x: [examples, ...], or [characters] for text.
        y: [examples], or None.
        lengths: [examples], or None; of sequences that differ in length, all in one x, how many steps each has. What
            is behind them is zero. (One tensor with lengths, not a list of tensors: it can be indexed, batched and
            moved as every other x.)

    """

    x: Tensor
    y: Tensor | None = None
    lengths: Tensor | None = None

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        fields = {"x": self.x, "y": self.y, "lengths": self.lengths}
        return f"Split({', '.join(f'{name}: {_describe(x)}' for name, x in fields.items() if x is not None)})"


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """A data set; `repr` prints its card, the same on every machine.

    Args:
        name: what `load` calls it.
        train, valid, test: the splits; no example is in two of them.
        title: one line.
        licence: of the data, as far as known.
        citation: whom to cite.
        source: where the files come from.
        note: what a user must know; may be empty.
        vocabulary: for text, the characters in the order of the indices in x; None otherwise.

    """

    name: str
    train: Split
    valid: Split
    test: Split
    title: str
    licence: str
    citation: str
    source: str
    note: str = ""
    vocabulary: tuple[str, ...] | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Number of examples (of characters, for text) in each split."""
        return {part: len(getattr(self, part)) for part in ("train", "valid", "test")}

    def __repr__(self) -> str:
        lines = [f"{self.name}: {self.title}"]
        lines += [f"  {part:9} {getattr(self, part)!r}" for part in self.counts]
        if self.vocabulary is not None:
            lines.append(f"  {'symbols':9} {len(self.vocabulary)}: {''.join(self.vocabulary)!r}")
        for field in ("licence", "citation", "source", "note"):
            if getattr(self, field):
                text = f"  {field:9} {getattr(self, field)}"
                lines.append(textwrap.fill(text, 84, subsequent_indent=" " * 12))
        return "\n".join(lines)


def _describe(x: Tensor) -> str:
    return f"{str(x.dtype).removeprefix('torch.')} {list(x.shape)}"
