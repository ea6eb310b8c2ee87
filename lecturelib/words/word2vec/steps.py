"""word2vec's steps: for a batch of positions, the gradient of each objective in closed form, and the ascent along it.

Mikolov, Sutskever, Chen, Corrado and Dean, "Distributed Representations of Words and Phrases and their
Compositionality", NeurIPS 2013. A word x has an input vector w_x and an output vector v_x; h predicts the word x:

    negative        log σ(v_x · h) + k E_{z ~ q} log σ(-v_z · h)         q(z) ∝ count(z)^0.75
    softmax         v_x · h - log Σ_z exp(v_z · h)

    skip-gram       h = w_{x_t} predicts each x_i, i ≠ t, of the window of t
    CBOW            h = 1/n Σ_i w_{x_i} predicts x_t, i over the n words of its window

The lecture's h of CBOW is the sum. Scaled by 1/n, windows of different sizes have the same scale; in return the
learning rate of the input vectors is that of the output vectors times w + 1, the mean number of words in a window. On
average, so do word2vec.c and gensim with cbow_mean=1: they use the mean, and do not divide its gradient by n. The words
of small windows so move more in ours, those of large ones less; benchmarks/word2vec_cbow.py has what that does.

The same objectives stand in `reference`, one prediction after the other. Each is a function of products v · h, so that
its gradients are weights times vectors: three matrix products (the scores, the gradient by h, the gradient by v) with a
sigmoid in between.

    >>> steps = Steps(W, V, window=5, positions=512, negative=5)
    >>> steps.skip_gram_negative(Batch(words, pairs, n, noise), learning_rate=0.025)       # changes W and V
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from lecturelib.words.word2vec.bands import Bands


class Batch(NamedTuple):
    """Positions of a text, as `batcher.Chunk` has them, and the noise words of each group of positions."""

    words: Int64[Tensor, " seen"]
    pairs: Float[Tensor, "positions offsets"]
    n: Float[Tensor, " positions"]
    noise: Int64[Tensor, " drawn"]


class Steps:
    """Steps of gradient ascent on the tables W and V, which change in place; threads may share the tables.

    Args:
        W: input vectors, the last row for the padding.
        V: output vectors, the last row for the padding.
        window: w.
        positions: of a batch.
        negative: k, the number of noise words against one word.
        group: number of positions that share noise words.
        cap: the learning rates of one row within a batch add up to at most cap / max(1, mean |h|² / 4). All its
            gradients are taken at the same old value, so for very frequent words the plain sum would overshoot: along
            v, log σ(v · h) has a curvature of at most |h|²/4, and no ascent converges beyond twice the inverse of the
            curvature, if all h are alike. They are not, which leaves room for the default of 3.

    """

    def __init__(
        self,
        W: Float[Tensor, "inputs dim"],
        V: Float[Tensor, "outputs dim"],
        *,
        window: int,
        positions: int,
        negative: int = 5,
        group: int = 128,
        cap: float = 3.0,
    ) -> None:
        self.W, self.V, self.window, self.negative, self.cap = W, V, window, negative, cap
        self.groups, self._mean_n = positions // group, window + 1.0
        self.bands = Bands(positions, window, W.dtype)
        self._counts = W.new_zeros(max(len(W), len(V)))  # in how many pairs each row is

    def skip_gram_negative(self, batch: Batch, learning_rate: float) -> None:
        """h = w_{x_t} predicts each word of the window; k · n_t noise words stand against its n_t words."""
        seen = len(batch.words)
        centres, outputs = self._centres(batch), torch.cat([batch.words, batch.noise])
        H, VN = self.W.index_select(0, centres), self.V.index_select(0, outputs)
        # ∂ log σ(v·h) = (1 - σ(v·h)) (h, v) = σ(-v·h) (h, v)
        miss = self.bands.dot(H, VN[:seen]).neg().sigmoid_()
        torch.mul(miss, batch.pairs.view(miss.shape), out=self.bands.weights)
        dH, dVN = self.bands.gather(VN[:seen]), torch.empty_like(VN)
        self.bands.scatter(H, dVN[:seen])
        self._add_noise(H, batch.n, VN[seen:], dH, dVN[seen:])
        n, m = self._mean_n, self._noise_weight(batch) * self._mean_n
        self._ascend(self.W, dH, learning_rate, self._limit(VN), (centres, n))
        self._ascend(self.V, dVN, learning_rate, self._limit(H), (batch.words, n), (batch.noise, m))

    def cbow_negative(self, batch: Batch, learning_rate: float) -> None:
        """h = 1/n Σ_i w_{x_i} predicts x_t; k noise words stand against it."""
        P = len(batch.n)
        outputs = torch.cat([self._centres(batch), batch.noise])
        W, VN = self.W.index_select(0, batch.words), self.V.index_select(0, outputs)
        any_pair = batch.n.clamp(max=1)
        H, dVN = self._mean(W, batch), torch.empty_like(VN)
        miss = (H * VN[:P]).sum(dim=1).neg_().sigmoid_().mul_(any_pair)[:, None]
        dH = miss * VN[:P]
        torch.mul(miss, H, out=dVN[:P])
        self._add_noise(H, any_pair, VN[P:], dH, dVN[P:])
        self._ascend_mean(dH, W, batch, learning_rate, self._limit(VN))
        m = self._noise_weight(batch)
        self._ascend(self.V, dVN, learning_rate, self._limit(H), (self._centres(batch), 1.0), (batch.noise, m))

    def _mean(self, W: Tensor, batch: Batch) -> Float[Tensor, "positions dim"]:
        """h = 1/n Σ_i w_{x_i} over the window; `bands.scatter` then gives the gradient by each w from that by h."""
        weights = self.bands.weights
        torch.div(batch.pairs.view(weights.shape), batch.n.clamp(min=1).view(*weights.shape[:2], 1), out=weights)
        return self.bands.gather(W)

    def _ascend_mean(self, dH: Tensor, W: Tensor, batch: Batch, learning_rate: float, limit: float) -> None:
        """Ascend the input vectors of each context; each position counts as one pair, split over its n words."""
        self._ascend(self.W, self.bands.scatter(dH, W), learning_rate * self._mean_n, limit, (batch.words, 1.0))

    def _noise_weight(self, batch: Batch) -> float:
        """Return the weight of one shared noise word: the number of negatives per positive pair it stands for."""
        return self.negative * len(batch.n) / len(batch.noise)

    def _add_noise(self, H: Tensor, n: Tensor, N: Tensor, dH: Tensor, dN: Tensor) -> None:
        """Add to dH, and put in dN, the gradient of n_t k E log σ(-v_z · h_t), E over the noise of t's group."""
        H, N, dH, dN = (rows.view(self.groups, -1, rows.shape[1]) for rows in (H, N, dH, dN))
        weight = (n * (-self.negative / N.shape[1])).view(self.groups, -1, 1)
        G = torch.bmm(H, N.mT).sigmoid_().mul_(weight)  # ∂ log σ(-v·h) = -σ(v·h) (h, v)
        dH.baddbmm_(G, N)
        torch.bmm(G.mT, H, out=dN)

    def skip_gram_softmax(self, batch: Batch, learning_rate: float) -> None:
        """h = w_{x_t} predicts each word of the window."""
        centres, offsets = self._centres(batch), batch.pairs.shape[1]
        hits = batch.pairs.new_zeros(len(batch.n), len(self.V))
        hits.scatter_add_(1, batch.words.unfold(0, offsets, 1), batch.pairs)
        dH = self._softmax(self.W.index_select(0, centres), hits, learning_rate)
        self._ascend(self.W, dH, learning_rate, self._limit(self.V), (centres, self._mean_n))

    def cbow_softmax(self, batch: Batch, learning_rate: float) -> None:
        """h = 1/n Σ_i w_{x_i} predicts x_t."""
        W = self.W.index_select(0, batch.words)
        hits = batch.pairs.new_zeros(len(batch.n), len(self.V))
        hits.scatter_(1, self._centres(batch)[:, None], batch.n.clamp(max=1)[:, None])
        dH = self._softmax(self._mean(W, batch), hits, learning_rate)
        self._ascend_mean(dH, W, batch, learning_rate, self._limit(self.V))

    def _softmax(
        self, H: Float[Tensor, "positions dim"], hits: Float[Tensor, "positions outputs"], learning_rate: float
    ) -> Float[Tensor, "positions dim"]:
        """Ascend all output vectors, and return the gradient by the h's, which predict each word `hits` times."""
        V = self.V[:-1]
        hits = hits[:, :-1]
        G = hits - hits.sum(dim=1, keepdim=True) * torch.softmax(H @ V.T, dim=1)  # ∂/∂(v_z·h) = [x = z] - p(z)
        dH = G @ V
        V.addmm_(G.T, H, alpha=min(learning_rate, self._limit(H) / max(1.0, hits.sum().item())))
        return dH

    def _centres(self, batch: Batch) -> Int64[Tensor, " positions"]:
        return batch.words[self.window : -self.window]

    def _limit(self, H: Float[Tensor, "rows dim"]) -> float:
        """Return the limit on the summed learning rates of a row that meets these, from every eighth of them."""
        h = H[::8].reshape(-1)
        return self.cap / max(1.0, float(torch.dot(h, h)) * H.shape[1] / len(h) / 4)

    def _rates(self, learning_rate: float, limit: float, *parts: tuple[Tensor, float]) -> tuple[Tensor, Tensor]:
        """Return the rows of all parts (rows, the number of pairs each is in), and for each its learning rate."""
        for rows, pairs in parts:
            self._counts.index_add_(0, rows, self._counts.new_full((len(rows),), pairs))
        rows = torch.cat([rows for rows, _ in parts]) if len(parts) > 1 else parts[0][0]
        rates = (limit / self._counts.index_select(0, rows)).clamp_(max=learning_rate)
        self._counts.index_fill_(0, rows, 0.0)
        return rows, rates

    def _ascend(
        self, table: Tensor, gradient: Tensor, learning_rate: float, limit: float, *parts: tuple[Tensor, float]
    ) -> None:
        """Add its gradient to each row of the parts, times its learning rate."""
        rows, rates = self._rates(learning_rate, limit, *parts)
        table.index_add_(0, rows, gradient.mul_(rates[:, None]))
