"""word2vec's steps: for a batch of positions, the gradient of each objective in closed form, and the ascent along it.

Mikolov, Sutskever, Chen, Corrado and Dean, "Distributed Representations of Words and Phrases and their
Compositionality", NeurIPS 2013. A word x has an input vector w_x and an output vector v_x; h predicts the word x:

    negative        log σ(v_x · h) + k E_{z ~ q} log σ(-v_z · h)         q(z) ∝ count(z)^0.75
    softmax         v_x · h - log Σ_z exp(v_z · h)

    skip-gram       h = w_{x_t} predicts each x_i, i ≠ t, of the window of t
    CBOW            h = 1/n Σ_i w_{x_i} predicts x_t, i over the n words of its window

The lecture's h of CBOW is the sum. Scaled by 1/n, windows of different sizes have the same scale; the rate of the input
vectors is the output vectors' times w + 1, the mean number of words in a window. So do word2vec.c and gensim with
cbow_mean=1, in expectation: they use the mean, and do not divide its gradient by n.

Each is a function of products v · h, so that its gradients are weights times vectors: three matrix products (the
scores, the gradient by h, the gradient by v) with a sigmoid in between.

    >>> step = Steps(W, V, window=5, positions=512, negatives=5)
    >>> step.skip_gram_negative(Batch(words, pairs, n, noise), rate=0.025)       # changes W and V
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from lecturelib.words.word2vec.bands import Bands


class Batch(NamedTuple):
    """Positions of a text, as `windows.Chunk` has them, and noise: for each group of positions as many words."""

    words: Int64[Tensor, " seen"]
    pairs: Float[Tensor, "positions offsets"]
    n: Float[Tensor, " positions"]
    noise: Int64[Tensor, " drawn"]


class Steps:
    """The steps on the tables W and V, which are changed in place; threads may each have one on the same tables.

    Args:
        W: input vectors, the last row for the padding.
        V: output vectors, the last row for the padding.
        window: w.
        positions: of a batch.
        negatives: k, how many noise words stand against one word.
        group: positions that share noise.
        cap: the rates of all pairs that a row is in, in one batch, add up to at most cap / max(1, mean |h|² / 4). They
            are computed from the same old row, and their sum would overshoot for words that are everywhere: along v,
            log σ(v · h) bends by at most |h|²/4, and beyond twice the inverse of that no ascent converges, if all h
            are alike. They are not, which leaves room for the default of 3.

    """

    def __init__(
        self,
        W: Float[Tensor, "inputs dim"],
        V: Float[Tensor, "outputs dim"],
        *,
        window: int,
        positions: int,
        negatives: int = 5,
        group: int = 128,
        cap: float = 3.0,
    ) -> None:
        self.W, self.V, self.window, self.negatives, self.cap = W, V, window, negatives, cap
        self.groups, self._mean_pairs = positions // group, window + 1.0  # of a position
        self.bands = Bands(positions, window, W.dtype)
        self._pairs = W.new_zeros(max(len(W), len(V)))

    def skip_gram_negative(self, batch: Batch, rate: float) -> None:
        """h = w_{x_t}, against each word of the window; k · n_t noise words stand against its n_t words."""
        seen = len(batch.words)
        centres, outputs = self._centres(batch), torch.cat([batch.words, batch.noise])
        H, VN = self.W.index_select(0, centres), self.V.index_select(0, outputs)
        # ∂ log σ(v·h) = (1 - σ(v·h)) (h, v) = σ(-v·h) (h, v)
        miss = self.bands.dot(H, VN[:seen]).neg().sigmoid_()
        torch.mul(miss, batch.pairs.view(miss.shape), out=self.bands.weights)
        dH, dVN = self.bands.gather(VN[:seen]), torch.empty_like(VN)
        self.bands.scatter(H, dVN[:seen])
        self._noise(H, batch.n, VN[seen:], dH, dVN[seen:])
        m = self._mean_pairs
        self._ascend(self.W, dH, rate, self._limit(VN), (centres, m))
        self._ascend(self.V, dVN, rate, self._limit(H), (batch.words, m), (batch.noise, self._noise_pairs(batch) * m))

    def cbow_negative(self, batch: Batch, rate: float) -> None:
        """h = 1/n Σ_i w_{x_i}, against x_t."""
        P = len(batch.n)
        outputs = torch.cat([self._centres(batch), batch.noise])
        W, VN = self.W.index_select(0, batch.words), self.V.index_select(0, outputs)
        any_pair = batch.n.clamp(max=1)
        H, dVN = self._mean(W, batch), torch.empty_like(VN)
        miss = (H * VN[:P]).sum(dim=1).neg_().sigmoid_().mul_(any_pair)[:, None]
        dH = miss * VN[:P]
        torch.mul(miss, H, out=dVN[:P])
        self._noise(H, any_pair, VN[P:], dH, dVN[P:])
        self._ascend_mean(dH, W, batch, rate, self._limit(VN))
        noise_pairs = self._noise_pairs(batch)
        self._ascend(self.V, dVN, rate, self._limit(H), (self._centres(batch), 1.0), (batch.noise, noise_pairs))

    def _mean(self, W: Tensor, batch: Batch) -> Float[Tensor, "positions dim"]:
        """h = 1/n Σ_i w_{x_i} over the window; `bands.scatter` then gives the gradient by each w from that by h."""
        weights = self.bands.weights
        torch.div(batch.pairs.view(weights.shape), batch.n.clamp(min=1).view(*weights.shape[:2], 1), out=weights)
        return self.bands.gather(W)

    def _ascend_mean(self, dH: Tensor, W: Tensor, batch: Batch, rate: float, limit: float) -> None:
        """Ascend the w's that each h is the mean of, n · 1/n = 1 of a pair for each position that sees a word."""
        self._ascend(self.W, self.bands.scatter(dH, W), rate * self._mean_pairs, limit, (batch.words, 1.0))

    def _noise_pairs(self, batch: Batch) -> float:
        """In how many pairs a noise word is for each that its positions have with words: those of k drawn alone."""
        return self.negatives * len(batch.n) / len(batch.noise)

    def _noise(self, H: Tensor, n: Tensor, N: Tensor, dH: Tensor, dN: Tensor) -> None:
        """Add to dH, and put in dN, the gradient of n_t k E log σ(-v_z · h_t), E over the noise of t's group."""
        H, N, dH, dN = (rows.view(self.groups, -1, rows.shape[1]) for rows in (H, N, dH, dN))
        weight = (n * (-self.negatives / N.shape[1])).view(self.groups, -1, 1)
        G = torch.bmm(H, N.mT).sigmoid_().mul_(weight)  # ∂ log σ(-v·h) = -σ(v·h) (h, v)
        dH.baddbmm_(G, N)
        torch.bmm(G.mT, H, out=dN)

    def skip_gram_softmax(self, batch: Batch, rate: float) -> None:
        """h = w_{x_t}, against each word of the window."""
        centres, offsets = self._centres(batch), batch.pairs.shape[1]
        hits = batch.pairs.new_zeros(len(batch.n), len(self.V))
        hits.scatter_add_(1, batch.words.unfold(0, offsets, 1), batch.pairs)
        dH = self._softmax(self.W.index_select(0, centres), hits, rate)
        self._ascend(self.W, dH, rate, self._limit(self.V), (centres, self._mean_pairs))

    def cbow_softmax(self, batch: Batch, rate: float) -> None:
        """h = 1/n Σ_i w_{x_i}, against x_t."""
        W = self.W.index_select(0, batch.words)
        hits = batch.pairs.new_zeros(len(batch.n), len(self.V))
        hits.scatter_(1, self._centres(batch)[:, None], batch.n.clamp(max=1)[:, None])
        dH = self._softmax(self._mean(W, batch), hits, rate)
        self._ascend_mean(dH, W, batch, rate, self._limit(self.V))

    def _softmax(
        self, H: Float[Tensor, "positions dim"], hits: Float[Tensor, "positions outputs"], rate: float
    ) -> Float[Tensor, "positions dim"]:
        """Ascend all output vectors, and return the gradient by the h's that predict each word `hits` times."""
        V = self.V[:-1]
        hits = hits[:, :-1]
        G = hits - hits.sum(dim=1, keepdim=True) * torch.softmax(H @ V.T, dim=1)  # ∂/∂(v_z·h) = [x = z] - p(z)
        dH = G @ V
        V.addmm_(G.T, H, alpha=min(rate, self._limit(H) / max(1.0, hits.sum().item())))
        return dH

    def _centres(self, batch: Batch) -> Int64[Tensor, " positions"]:
        return batch.words[self.window : -self.window]

    def _limit(self, H: Float[Tensor, "rows dim"]) -> float:
        """What the rates of a row that is paired with rows such as these may add up to, judged by every eighth."""
        h = H[::8].reshape(-1)
        return self.cap / max(1.0, float(torch.dot(h, h)) * H.shape[1] / len(h) / 4)

    def _rates(self, rate: float, limit: float, *parts: tuple[Tensor, float]) -> tuple[Tensor, Tensor]:
        """The rows of all parts (rows, in how many pairs each is), and for each row `rate`, or what `limit` allows."""
        for rows, pairs in parts:
            self._pairs.index_add_(0, rows, self._pairs.new_full((len(rows),), pairs))
        rows = torch.cat([rows for rows, _ in parts]) if len(parts) > 1 else parts[0][0]
        rates = (limit / self._pairs.index_select(0, rows)).clamp_(max=rate)
        self._pairs.index_fill_(0, rows, 0.0)
        return rows, rates

    def _ascend(self, table: Tensor, gradient: Tensor, rate: float, limit: float, *parts: tuple[Tensor, float]) -> None:
        """Add its gradient to each row of the parts, times its rate."""
        rows, rates = self._rates(rate, limit, *parts)
        table.index_add_(0, rows, gradient.mul_(rates[:, None]))
