"""One space, two languages: a linear map from the vectors of one language to those of another.

Mikolov, Le and Sutskever, "Exploiting Similarities among Languages for Machine Translation", arXiv 1309.4168 (2013):
vectors are learnt on each language alone; a small dictionary of pairs (x_i, z_i) fixes the map between them.

    least squares    min_W Σ_i ‖W x_i - z_i‖²                       W = Z^T X (X^T X)^-1, a row of X and Z for each pair
    Procrustes       the same, with W^T W = 1                       W = U V^T, where U S V^T is the SVD of Z^T X
    translation      argmax_z cos(W x, z)
    CSLS             argmax_z 2 cos(W x, z) - r_T(W x) - r_S(z)

The paper takes steps of gradient descent to the least squares; here they are solved. Rotations instead of any matrix:
Xing, Wang, Liu and Lin, NAACL 2015. CSLS (cross-domain similarity local scaling): Conneau, Lample, Ranzato, Denoyer and
Jégou, "Word Translation Without Parallel Data", ICLR 2018. r_T(W x) is the mean cosine of W x and its nearest targets,
r_S(z) that of z and the nearest mapped source words: a target that is near to everything (a hub) loses by it.

    >>> W = LinearMap("procrustes").fit(X, Z)           # X: [pairs, source], Z: [pairs, target]
    >>> scores, found = W.translate(queries, targets, k=5, score="csls", sources=all_source_vectors)
    >>> precision(found, answers)                       # percent with a right translation among the five
"""

from collections.abc import Collection, Sequence
from typing import Literal

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import normalize

from lecturelib import checks

Method = Literal["least-squares", "procrustes"]
METHODS: tuple[Method, ...] = ("least-squares", "procrustes")
Score = Literal["cosine", "csls"]
SCORES: tuple[Score, ...] = ("cosine", "csls")
NEIGHBOURS = 10  # whose cosines r_T and r_S are the mean of: Conneau et al. (2018)
PIECE = 1024  # rows at once: their cosines with 10,000 words are 40 MB


class LinearMap:
    """W, from the vectors of one language to those of another.

    Args:
        method: "least-squares", any matrix; or "procrustes", an orthogonal one (its columns are, where the target has
            more dimensions than the source; its rows, where it has fewer).

    Attributes:
        W: [target, source], after `fit`, of the dtype of its vectors.

    Raises:
        ValueError: an unknown method.

    """

    W: Float[Tensor, "target source"]

    def __init__(self, method: Method = "least-squares") -> None:
        checks.one_of("method", method, METHODS)
        self.method = method

    def fit(self, X: Float[Tensor, "pairs source"], Z: Float[Tensor, "pairs target"]) -> "LinearMap":
        """Fit W to pairs of vectors, one pair a row.

        With fewer independent pairs than dimensions, many matrices are least squares: this is the one with the smallest
        norm. A word with two translations makes two pairs.

        Returns:
            The map itself.

        Raises:
            TypeError, ValueError: no two finite matrices of one dtype with as many rows, at least one.

        """
        _check_pairs(X, Z)
        x, z = X.double(), Z.double()
        if self.method == "least-squares":
            # W = Z^T X (X^T X)^-1, with the pseudo-inverse X^+ = (X^T X)^-1 X^T: W = (X^+ Z)^T
            W = (torch.linalg.pinv(x) @ z).T
        else:
            # W = U V^T, where U S V^T is the SVD of Z^T X = Σ_i z_i x_i^T
            U, _, Vt = torch.linalg.svd(z.T @ x, full_matrices=False)
            W = U @ Vt
        self.W = W.to(X.dtype)
        return self

    def __call__(self, x: Float[Tensor, "words source"]) -> Float[Tensor, "words target"]:
        """W x of each row.

        Raises:
            TypeError, ValueError: `x` is not finite, or not of the width and dtype that W was fitted to.

        """
        checks.matrix("x", x, self.W.shape[1], self.W)
        return x @ self.W.T

    def translate(
        self,
        queries: Float[Tensor, "words source"],
        targets: Float[Tensor, "V target"],
        k: int = 1,
        *,
        score: Score = "cosine",
        sources: Float[Tensor, "S source"] | None = None,
        neighbours: int = NEIGHBOURS,
    ) -> tuple[Tensor, Tensor]:
        """Return for each query the k targets with the largest scores, the best first.

        Args:
            queries: vectors of the words to translate.
            targets: vectors of all words of the other language.
            k: how many.
            score: "cosine" or "csls".
            sources: for CSLS, vectors of the words that r_S(z) looks among; None is the queries. Better all words of
                the language: what is a hub must not depend on what is asked.
            neighbours: for CSLS, how many r_T and r_S look at.

        Returns:
            Their scores, float [words, k], and their numbers, int64 [words, k].

        Raises:
            TypeError, ValueError: an argument is not as described, or `k` or `neighbours` is more than there are words.

        """
        checks.one_of("score", score, SCORES)
        checks.matrix("targets", targets, self.W.shape[0], self.W)
        checks.integer_between("k", k, 1, len(targets))
        mapped = self(queries)
        if score == "cosine":
            best = [(normalize(part) @ normalize(targets).T).topk(k) for part in mapped.split(PIECE)]
        else:
            around = mapped if sources is None else self(sources)
            checks.integer_between("neighbours", neighbours, 1, min(len(around), len(targets)))
            r_S = nearness(targets, around, neighbours)
            best = [csls(part, targets, r_S, neighbours).topk(k) for part in mapped.split(PIECE)]
        return torch.cat([b.values for b in best]), torch.cat([b.indices for b in best])


def nearness(
    x: Float[Tensor, "n dim"], others: Float[Tensor, "m dim"], neighbours: int = NEIGHBOURS
) -> Float[Tensor, " n"]:
    """r(x): the mean cosine of each row and the `neighbours` rows of `others` that are nearest to it."""
    unit = normalize(others).T
    return torch.cat([(normalize(p) @ unit).topk(neighbours).values.mean(dim=1) for p in x.split(PIECE)])


def csls(
    mapped: Float[Tensor, "n dim"],
    targets: Float[Tensor, "V dim"],
    r_S: Float[Tensor, " V"],
    neighbours: int = NEIGHBOURS,
) -> Float[Tensor, "n V"]:
    """2 cos(W x, z) - r_T(W x) - r_S(z), of each row W x of `mapped` and each target z.

    Args:
        mapped: W x.
        targets: z.
        r_S: `nearness(targets, all mapped source words)`.
        neighbours: how many r_T looks at.

    """
    cosine = normalize(mapped) @ normalize(targets).T
    r_T = cosine.topk(neighbours).values.mean(dim=1, keepdim=True)
    return 2 * cosine - r_T - r_S


def centred(vectors: Float[Tensor, "V dim"]) -> Float[Tensor, "V dim"]:
    """Return the vectors with length 1, less their mean, and again with length 1.

    So Artetxe, Labaka and Agirre (ACL 2018) prepare both languages. What all words have in common says nothing of
    which is which, but adds to every cosine.
    """
    unit = normalize(vectors)
    return normalize(unit - unit.mean(dim=0))


def precision(found: Int64[Tensor, "words k"], answers: Sequence[Collection[int]]) -> float:
    """Return P@k: percent of the words that have one of their right translations among the k found.

    Args:
        found: numbers of targets, as from `translate`.
        answers: for each word the numbers of its right translations.

    Raises:
        ValueError: no word, another number of answers than of words, or a word without any.

    """
    if not len(found):
        raise ValueError("found: expected at least one word, got none")
    if len(answers) != len(found):
        raise ValueError(f"answers: expected one collection for each of {len(found)} words, got {len(answers)}")
    if not all(answers):
        raise ValueError("answers: expected at least one right translation for each word, got a word without any")
    hits = [not set(right).isdisjoint(row) for row, right in zip(found.tolist(), answers, strict=True)]
    return 100 * sum(hits) / len(hits)


def occurrences(found: Int64[Tensor, "words k"], V: int) -> Int64[Tensor, " V"]:
    """N_k: among the k answers of how many words each of the V targets is. A hub is among those of many."""
    return found.flatten().bincount(minlength=V)


def skewness(counts: Int64[Tensor, " V"]) -> float:
    """Skewness E[(N - μ)³] / σ³ of the k-occurrence: 0 if it is symmetric, the larger the more there are hubs.

    (Radovanović, Nanopoulos and Ivanović, JMLR 2010.) NaN where all counts are equal.
    """
    deviation = counts.double() - counts.double().mean()
    return float(deviation.pow(3).mean() / deviation.square().mean() ** 1.5)


def edit_distances(queries: Sequence[str], words: Sequence[str]) -> Int64[Tensor, "queries V"]:
    """Levenshtein's distances from each query to each of `words`: letters to replace, add or leave out.

    The paper's baseline: many words look alike in two languages.
    """
    longest = max(map(len, words), default=0)
    letters = torch.tensor([[ord(c) for c in w.ljust(longest, "\0")] for w in words]).view(len(words), longest)
    ends, steps = torch.tensor([[len(w)] for w in words]).view(-1, 1), torch.arange(longest + 1)
    distances = []
    for query in queries:
        row = steps.expand(len(words), -1)  # from nothing to the first j letters of each of the words
        for c in query:
            # d(i, j) = min(d(i-1, j) + 1, d(i-1, j-1) + [c ≠ c_j], d(i, j-1) + 1), the last by a running minimum
            changed = torch.minimum(row[:, 1:] + 1, row[:, :-1] + (letters != ord(c)))
            row = torch.cat([row[:, :1] + 1, changed], dim=1)
            row = (row - steps).cummin(dim=1).values + steps
        distances.append(row.gather(1, ends).squeeze(1))
    return torch.stack(distances)


def _check_pairs(X: object, Z: object) -> None:
    """Raise unless both are finite matrices of one dtype with as many rows, at least one."""
    if not isinstance(X, Tensor) or not X.is_floating_point():
        got = str(X.dtype) if isinstance(X, Tensor) else type(X).__name__
        raise TypeError(f"X: expected a matrix of floats [pairs, dim], got {got}")
    checks.matrix("X", X, _width(X), X)
    checks.matrix("Z", Z, _width(Z), X)
    assert isinstance(Z, Tensor)
    if len(X) != len(Z):
        raise ValueError(f"Z: expected {len(X)} rows, one for each of X, got {len(Z)}")


def _width(x: object) -> int:
    return x.shape[-1] if isinstance(x, Tensor) and x.dim() else 0
