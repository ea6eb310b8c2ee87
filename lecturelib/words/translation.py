"""One space, two languages: a linear map from the vectors of one language to those of another.

Mikolov, Le and Sutskever, "Exploiting Similarities among Languages for Machine Translation", arXiv 1309.4168 (2013):
vectors are learnt on each language alone; a small dictionary of pairs (x_i, z_i) determines the map between them.

    least squares    min_W Σ_i ‖W x_i - z_i‖²                       W = Z^T X (X^T X)^-1, a row of X and Z for each pair
    Procrustes       the same, with W^T W = 1                       W = U V^T, where U S V^T is the SVD of Z^T X
    translation      argmax_z cos(W x, z)
    CSLS             argmax_z 2 cos(W x, z) - r_T(W x) - r_S(z)

The paper solves the least squares by gradient descent; here they are solved exactly. Rotations instead of any matrix:
Xing, Wang, Liu and Lin, NAACL 2015. CSLS (cross-domain similarity local scaling): Conneau, Lample, Ranzato, Denoyer and
Jégou, "Word Translation Without Parallel Data", ICLR 2018. r_T(W x) is the mean cosine of W x and its nearest targets,
r_S(z) that of z and the nearest mapped source words: a target that is near to everything (a hub) loses by it.

    >>> W = LinearMap("procrustes").fit(X, Z)           # X: [pairs, source], Z: [pairs, target]
    >>> scores, found = W.translate(queries, targets, k=5, score="csls", sources=all_source_vectors)
    >>> precision(found, answers)                       # `translation_scores`: percent right among the five

Of targets with equal scores the one with the smaller number, the more frequent word, comes first: all ties are broken
by a rule that knows nothing of the right answer, so that constant vectors are not better than chance.
"""

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
NEIGHBOURS = 10  # r_T and r_S are mean cosines with so many: Conneau et al. (2018)
EVAL_BATCH_SIZE = 1024  # rows: their cosines with 10,000 words are 40 MB


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
        """Fit W to pairs of vectors, one pair per row.

        With fewer independent pairs than dimensions, many matrices are least squares: this is the one with the smallest
        norm. A word with two translations makes two pairs.

        Returns:
            The map itself.

        Raises:
            TypeError, ValueError: not two finite matrices of one dtype with as many rows, at least one.

        """
        check_pairs(X, Z)
        x, z = X.double(), Z.double()
        if self.method == "least-squares":
            # W = Z^T X (X^T X)^-1 = (X^+ Z)^T, X^+ the pseudo-inverse
            W = (torch.linalg.pinv(x) @ z).T
        else:
            # W = U V^T, where U S V^T is the SVD of Z^T X = Σ_i z_i x_i^T
            U, _, Vt = torch.linalg.svd(z.T @ x, full_matrices=False)
            W = U @ Vt
        self.W = W.to(X.dtype)
        return self

    def __call__(self, x: Float[Tensor, "words source"]) -> Float[Tensor, "words target"]:
        """Return W x of each row.

        Raises:
            TypeError, ValueError: `x` is not finite, or not of the width and dtype that W was fitted to.

        """
        check_fitted(self)
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
            k: number of targets.
            score: "cosine" or "csls".
            sources: for CSLS, vectors of the words whose nearest r_S(z) averages; None is the queries. Better all words
                of the language: what is a hub must not depend on what is asked.
            neighbours: for CSLS, the number of nearest words in r_T and r_S.

        Returns:
            Their scores, float [words, k], and their numbers, int64 [words, k].

        Raises:
            ValueError: `k` or `neighbours` is more than there are words.

        """
        check_fitted(self)
        checks.one_of("score", score, SCORES)
        checks.matrix("targets", targets, self.W.shape[0], self.W)
        k = checks.integer_between("k", k, 1, len(targets))
        mapped = self(queries)
        if score == "cosine":
            best = [_largest(normalize(part) @ normalize(targets).T, k) for part in mapped.split(EVAL_BATCH_SIZE)]
        else:
            around = mapped if sources is None else self(sources)
            neighbours = checks.integer_between("neighbours", neighbours, 1, min(len(around), len(targets)))
            r_S = nearness(targets, around, neighbours)
            best = [_largest(csls(part, targets, r_S, neighbours), k) for part in mapped.split(EVAL_BATCH_SIZE)]
        return torch.cat([values for values, _ in best]), torch.cat([indices for _, indices in best])


def _largest(scores: Float[Tensor, "n V"], k: int) -> tuple[Float[Tensor, "n k"], Int64[Tensor, "n k"]]:
    """Return the k largest scores of each row and their numbers, of equal ones the smallest number first."""
    values, indices = scores.topk(k)
    if ((scores >= values[:, -1:]).sum(dim=1) > k).any() or (values[:, 1:] == values[:, :-1]).any():
        values, indices = (best[:, :k] for best in scores.sort(dim=1, descending=True, stable=True))
    return values, indices


def nearness(
    x: Float[Tensor, "n dim"], others: Float[Tensor, "m dim"], neighbours: int = NEIGHBOURS
) -> Float[Tensor, " n"]:
    """Return r(x): the mean cosine of each row with the `neighbours` rows of `others` that are nearest to it."""
    check_vectors(x=x, others=others)
    checks.integer_between("neighbours", neighbours, 1, len(others))
    unit = normalize(others).T
    return torch.cat([(normalize(p) @ unit).topk(neighbours).values.mean(dim=1) for p in x.split(EVAL_BATCH_SIZE)])


def csls(
    mapped: Float[Tensor, "n dim"],
    targets: Float[Tensor, "V dim"],
    r_S: Float[Tensor, " V"],
    neighbours: int = NEIGHBOURS,
) -> Float[Tensor, "n V"]:
    """Return 2 cos(W x, z) - r_T(W x) - r_S(z), of each row W x of `mapped` and each target z.

    Args:
        mapped: W x.
        targets: z.
        r_S: `nearness(targets, all mapped source words)`.
        neighbours: the number of nearest targets in r_T.

    """
    check_vectors(mapped=mapped, targets=targets)
    checks.floats("r_S", r_S, len(targets), like=targets)
    checks.integer_between("neighbours", neighbours, 1, len(targets))
    cosine = normalize(mapped) @ normalize(targets).T
    r_T = cosine.topk(neighbours).values.mean(dim=1, keepdim=True)
    return 2 * cosine - r_T - r_S


def centred(vectors: Float[Tensor, "V dim"]) -> Float[Tensor, "V dim"]:
    """Return the vectors scaled to length 1, their mean subtracted, and scaled to length 1 again.

    Artetxe, Labaka and Agirre (ACL 2018) prepare both languages in this way. What all words have in common does not
    tell them apart, but adds to every cosine.
    """
    check_vectors(vectors=vectors)
    unit = normalize(vectors)
    return normalize(unit - unit.mean(dim=0))


def check_fitted(model: LinearMap) -> None:
    """Raise ValueError unless `fit` was called."""
    if not hasattr(model, "W"):
        raise ValueError("W: expected a fitted map, got one before fit(X, Z)")


def check_vectors(**rows: object) -> None:
    """Raise unless these are matrices of floats, finite, of one width and dtype."""
    like: Tensor | None = None
    for name, x in rows.items():
        checks.floats(name, x, "n", "dim")
        assert isinstance(x, Tensor)
        like = x if like is None else like
        checks.matrix(name, x, like.shape[1], like)


def check_pairs(X: object, Z: object) -> None:
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
