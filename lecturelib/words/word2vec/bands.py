"""Bands: products between each position of a text and the positions of its window, as small dense matrices.

A window of w words on either side makes a band of 2w + 1 diagonals in the matrix of all pairs of positions (rows) and
words (columns, the w before the first position and after the last included). Cut the positions into blocks of B: the
band of a block lies in a matrix [B, B + 2w], which one matrix product fills. With w = 1 and B = 4, two blocks:

    word    0 1 2 3 4 5 6 7 8 9
    t = 0   × × × · · ·              ×: the band, the products that are needed
        1   · × × × · ·              · and ×: the matrix of a block
        2   · · × × × ·
        3   · · · × × ×
        4           × × × · · ·      the next block; words 4 and 5 belong to both
        5           · × × × · ·
        6           · · × × × ·
        7           · · · × × ×

The band is a view into these matrices, [blocks, B, 2w + 1]: what is done entry by entry is done to 2w + 1 entries per
position. With B = 16 and w = 5 more than half of a matrix is not needed, and it is still several times faster than pair
by pair.

    >>> bands = Bands(positions=512, window=5)
    >>> S = bands.dot(X, Y)           # X: [512, 100], Y: [512 + 10, 100]; S[i, o] = x_i · y_{i+o}, o = 0 … 2w
    >>> bands.weights.copy_(G)        # the same shape as S
    >>> dX = bands.gather(Y)          # [512, 100]: Σ_o G[i, o] y_{i+o}
    >>> dY = bands.scatter(X)         # [522, 100]: Σ_i G[i, j - i] x_i
"""

import torch
from jaxtyping import Float
from torch import Tensor

BLOCK = 16  # positions; larger blocks waste more of their matrices, smaller ones multiply them less efficiently


def block_size(window: int) -> int:
    """Return the number of positions of a block: at least 2w, so that only neighbouring blocks overlap."""
    return max(BLOCK, 2 * window)


class Bands:
    """The three products; `dot` overwrites what it returned before.

    Args:
        positions: number of positions, a multiple of the block.
        window: w, the number of words to either side that a position sees.
        dtype: of the vectors.

    Attributes:
        weights: the band that `gather` and `scatter` use.

    """

    weights: Float[Tensor, "blocks block offsets"]

    def __init__(self, positions: int, window: int, dtype: torch.dtype = torch.float32) -> None:
        self.block, self.window = block_size(window), window
        self.blocks = positions // self.block
        full = (self.blocks, self.block, self.block + 2 * window)
        self._scores = torch.empty(full, dtype=dtype, device="cpu")
        self._matrix = torch.zeros(full, dtype=dtype, device="cpu")  # stays 0 outside the band
        self.scores, self.weights = _band(self._scores), _band(self._matrix)

    def dot(
        self, X: Float[Tensor, "positions dim"], Y: Float[Tensor, "seen dim"]
    ) -> Float[Tensor, "blocks block offsets"]:
        """x_i · y_{i+o}."""
        torch.bmm(self._centres(X), self._seen(Y).mT, out=self._scores)
        return self.scores

    def gather(self, Y: Float[Tensor, "seen dim"]) -> Float[Tensor, "positions dim"]:
        """Σ_o G[i, o] y_{i+o}."""
        return torch.bmm(self._matrix, self._seen(Y)).flatten(0, 1)

    def scatter(self, X: Float[Tensor, "positions dim"], out: Tensor | None = None) -> Float[Tensor, "seen dim"]:
        """Σ_i G[i, j - i] x_i; the last 2w rows of each block's part are added to the first of the next block."""
        B, d = self.block, X.shape[1]
        parts = torch.bmm(self._matrix.mT, self._centres(X))
        if out is None:
            out = X.new_empty(len(X) + 2 * self.window, d)
        self._centres(out[: len(X)]).copy_(parts[:, :B])
        out[len(X) :] = 0
        first = out[B:]
        first.as_strided((self.blocks, 2 * self.window, d), (B * d, d, 1)).add_(parts[:, B:])
        return out

    def _centres(self, X: Tensor) -> Tensor:
        return X.view(self.blocks, self.block, X.shape[1])

    def _seen(self, Y: Tensor) -> Tensor:
        """Return the rows that each block sees; 2w of them are also seen by the next, and none is copied."""
        B, d = self.block, Y.shape[1]
        return Y.as_strided((self.blocks, B + 2 * self.window, d), (B * d, d, 1))


def _band(full: Tensor) -> Tensor:
    """Return the diagonals of each block: entry (i, o) is (i, i + o) of the full matrix."""
    blocks, rows, columns = full.shape
    return full.as_strided((blocks, rows, columns - rows + 1), (rows * columns, columns + 1, 1))
