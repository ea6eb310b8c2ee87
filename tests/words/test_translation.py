"""Translation by a linear map: against LAPACK, scipy, a loop over all words, and vectors that are a rotation apart."""

import pytest
import torch
from scipy.linalg import orthogonal_procrustes  # type: ignore[import-untyped]
from scipy.stats import skew  # type: ignore[import-untyped]
from torch.nn.functional import normalize

from lecturelib.words import translation
from lecturelib.words.translation import (
    LinearMap,
    centred,
    csls,
    nearness,
)
from lecturelib.words.translation_scores import edit_distances, occurrences, precision, skewness


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def rotation(dim: int, seed: int = 5) -> torch.Tensor:
    return torch.linalg.qr(normal(dim, dim, seed=seed)).Q


def test_least_squares_are_lapacks_and_have_no_gradient():
    X, Z = normal(40, 7), normal(40, 5, seed=1)
    W = LinearMap("least-squares").fit(X, Z).W
    assert torch.allclose(W.T, torch.linalg.lstsq(X, Z).solution, atol=1e-12)
    free = W.clone().requires_grad_()
    loss = (X @ free.T - Z).square().sum()
    (gradient,) = torch.autograd.grad(loss, free)
    assert gradient.abs().max() < 1e-10
    worse = [(X @ (W + 1e-3 * normal(5, 7, seed=k)).T - Z).square().sum() for k in range(9)]
    assert min(worse) > loss


def test_of_many_least_squares_it_is_the_one_with_the_smallest_norm():
    X, Z = normal(4, 7), normal(4, 5, seed=1)
    W = LinearMap("least-squares").fit(X, Z).W
    assert torch.allclose(X @ W.T, Z)  # fewer pairs than dimensions: an exact fit
    assert torch.allclose(W.T, torch.linalg.lstsq(X, Z, driver="gelsd").solution, atol=1e-12)
    null = torch.eye(7, dtype=torch.float64) - torch.linalg.pinv(X) @ X
    other = W + normal(5, 7, seed=2) @ null
    assert torch.allclose(X @ other.T, Z)
    assert other.norm() > W.norm()


def test_procrustes_is_scipys_and_orthogonal():
    X, Z = normal(40, 6), normal(40, 6, seed=1)
    W = LinearMap("procrustes").fit(X, Z).W
    R, _ = orthogonal_procrustes(X.numpy(), Z.numpy())  # min ‖X R - Z‖
    assert torch.allclose(W.T, torch.from_numpy(R), atol=1e-12)
    assert torch.allclose(W @ W.T, torch.eye(6, dtype=torch.float64), atol=1e-12)
    loss = (X @ W.T - Z).square().sum()
    assert all((X @ (W @ rotation(6, seed=k)).T - Z).square().sum() > loss for k in range(9))


@pytest.mark.parametrize(("source", "target"), [(4, 6), (6, 4)])
def test_procrustes_between_other_dimensions_keeps_what_angles_it_can(source, target):
    W = LinearMap("procrustes").fit(normal(40, source), normal(40, target, seed=1)).W
    assert W.shape == (target, source)
    few = W.T @ W if source < target else W @ W.T
    assert torch.allclose(few, torch.eye(4, dtype=torch.float64), atol=1e-12)


@pytest.mark.parametrize("method", ["least-squares", "procrustes"])
@pytest.mark.parametrize("score", ["cosine", "csls"])
def test_a_language_that_is_the_other_one_turned_is_translated_without_a_mistake(method, score):
    vectors, Q = normal(300, 8), rotation(8)
    turned, order = vectors @ Q.T, torch.randperm(300, generator=torch.Generator().manual_seed(1))
    place = order.argsort()  # word i is number place[i] of the other language
    W = LinearMap(method).fit(vectors[:20], turned[:20])
    assert torch.allclose(W.W, Q, atol=1e-12)
    scores, found = W.translate(vectors, turned[order], 3, score=score)
    assert torch.equal(found[:, 0], place)
    assert (scores.diff(dim=1) <= 0).all()
    assert precision(found[:, :1], [{int(p)} for p in place]) == 100
    if score == "cosine":
        assert torch.allclose(scores[:, 0], torch.ones(300, dtype=torch.float64))


def test_csls_is_that_of_a_loop_over_all_pairs():
    queries, targets, sources = normal(5, 4), normal(30, 3, seed=1), normal(25, 4, seed=2)
    W = LinearMap().fit(normal(12, 4, seed=3), normal(12, 3, seed=4))

    def cos(a, b):
        return float(a @ b / (a.norm() * b.norm()))

    expected = torch.zeros(5, 30, dtype=torch.float64)
    for i, x in enumerate(queries):
        r_T = sum(sorted((cos(W.W @ x, z) for z in targets), reverse=True)[:6]) / 6
        for j, z in enumerate(targets):
            r_S = sum(sorted((cos(W.W @ s, z) for s in sources), reverse=True)[:6]) / 6
            expected[i, j] = 2 * cos(W.W @ x, z) - r_T - r_S
    assert torch.allclose(csls(W(queries), targets, nearness(targets, W(sources), 6), 6), expected)
    scores, found = W.translate(queries, targets, 7, score="csls", sources=sources, neighbours=6)
    assert torch.allclose(scores, expected.topk(7).values)
    assert torch.equal(found, expected.topk(7).indices)


def test_the_batch_size_changes_nothing(monkeypatch):
    W = LinearMap().fit(normal(12, 4), normal(12, 4, seed=1))
    queries, targets = normal(50, 4, seed=2), normal(60, 4, seed=3)
    whole = [W.translate(queries, targets, 5, score=s)[1] for s in translation.SCORES]
    monkeypatch.setattr(translation, "EVAL_BATCH_SIZE", 7)
    for score, expected in zip(translation.SCORES, whole, strict=True):
        assert torch.equal(W.translate(queries, targets, 5, score=score)[1], expected)


def test_csls_takes_a_hub_down():
    """Queries nearly at right angles, each with its own target, and one target between all of them."""
    eye = torch.eye(20, dtype=torch.float64)
    targets = torch.cat([eye + 0.3 * normal(20, 20) / 20**0.5, torch.ones(1, 20, dtype=torch.float64)])
    mapped = normalize(eye + 0.35)
    identity = LinearMap("procrustes").fit(eye, eye)
    found = {s: identity.translate(mapped, targets, 1, score=s)[1] for s in translation.SCORES}
    hub = {score: int(occurrences(f, 21)[20]) for score, f in found.items()}
    assert hub["cosine"] > 10
    assert hub["csls"] < 5
    assert skewness(occurrences(found["cosine"], 21)) > skewness(occurrences(found["csls"], 21))


def test_centred_vectors_have_length_one_and_small_means():
    vectors = 3 * normal(500, 6) + 2
    done = centred(vectors)
    assert torch.allclose(done.norm(dim=1), torch.ones(500, dtype=torch.float64))
    unit = vectors / vectors.norm(dim=1, keepdim=True)
    assert unit.mean(dim=0).norm() > 0.5
    assert done.mean(dim=0).norm() < 0.1
    first = unit[0] - unit.mean(dim=0)
    assert torch.allclose(done[0], first / first.norm())


def test_precision_counts_a_word_once_whatever_of_its_translations_is_found():
    found = torch.tensor([[3, 1, 2], [0, 4, 5], [7, 8, 9], [1, 2, 3]])
    answers = [{1, 2, 3}, {5}, {6}, [0]]
    assert precision(found, answers) == 50
    assert precision(found[:, :1], answers) == 25


def test_occurrences_and_their_skewness():
    found = torch.tensor([[0, 1], [0, 2], [0, 3]])
    counts = occurrences(found, 6)
    assert counts.tolist() == [3, 1, 1, 1, 0, 0]
    assert skewness(counts) == pytest.approx(skew(counts.numpy()))
    assert skewness(torch.ones(4, dtype=torch.long)) == 0


def test_edit_distances_are_those_of_the_recursion():
    def distance(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        return min(distance(a[1:], b) + 1, distance(a, b[1:]) + 1, distance(a[1:], b[1:]) + (a[0] != b[0]))

    words = ["", "a", "gato", "cat", "catre", "acta", "tac", "gata", "tcato"]
    queries = [*words, "cata"]
    assert edit_distances(queries, words).tolist() == [[distance(q, word) for word in words] for q in queries]
    assert edit_distances(["kitten"], ["sitting"]).tolist() == [[3]]
    assert edit_distances(["kitten"], []).shape == (1, 0)


@pytest.mark.parametrize(
    ("X", "Z", "error", "message"),
    [
        ([[1.0]], normal(2, 2), TypeError, "X: expected a matrix of floats [pairs, dim], got list"),
        (
            torch.ones(2, 2).long(),
            normal(2, 2),
            TypeError,
            "X: expected a matrix of floats [pairs, dim], got torch.int64",
        ),
        (normal(3), normal(3, 2), ValueError, "X: expected shape [batch, 3], got [3]"),
        (normal(3, 2), normal(3), ValueError, "Z: expected shape [batch, 3], got [3]"),
        (normal(3, 2), None, TypeError, "Z: expected a tensor [batch, 0], got NoneType"),
        (normal(3, 2), normal(4, 2), ValueError, "Z: expected 3 rows, one for each of X, got 4"),
        (
            normal(3, 2),
            normal(3, 2).float(),
            TypeError,
            "Z: expected dtype torch.float64 (the model's), got torch.float32",
        ),
        (normal(0, 2), normal(0, 2), ValueError, "X: expected at least one row, got an empty batch [0, 2]"),
        (
            torch.tensor([[1.0, torch.nan]]),
            torch.ones(1, 2),
            ValueError,
            "X: expected finite values, got 1 that are NaN or infinite",
        ),
        (
            torch.ones(1, 2),
            torch.tensor([[1.0, torch.inf]]),
            ValueError,
            "Z: expected finite values, got 1 that are NaN or infinite",
        ),
    ],
)
def test_pairs_that_cannot_be_fitted(plain_errors, X, Z, error, message):
    for method in ("least-squares", "procrustes"):
        with pytest.raises(error) as caught:
            LinearMap(method).fit(X, Z)
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(queries=normal(2, 4)), "x: expected shape [batch, 3], got [2, 4]"),
        (
            dict(queries=torch.full((2, 3), torch.nan).double()),
            "x: expected finite values, got 6 that are NaN or infinite",
        ),
        (dict(targets=normal(9, 4)), "targets: expected shape [batch, 2], got [9, 4]"),
        (dict(k=0), "k: expected an integer from 1 to 9, got 0"),
        (dict(k=10), "k: expected an integer from 1 to 9, got 10"),
        (dict(score="euclid"), "score: expected one of cosine, csls, got 'euclid'"),
        (dict(score="csls"), "neighbours: expected an integer from 1 to 4, got 10"),
        (dict(score="csls", sources=normal(8, 3), neighbours=9), "neighbours: expected an integer from 1 to 8, got 9"),
        (dict(score="csls", sources=normal(8, 2)), "x: expected shape [batch, 3], got [8, 2]"),
    ],
)
def test_words_that_cannot_be_translated(plain_errors, changes, message):
    W = LinearMap().fit(normal(12, 3), normal(12, 2))
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        W.translate(**{"queries": normal(4, 3), "targets": normal(9, 2), "k": 3, **changes})
    assert str(caught.value) == message


def test_other_wrong_arguments(plain_errors):
    with pytest.raises(ValueError, match="method: expected one of least-squares, procrustes, got 'svd'"):
        LinearMap("svd")  # type: ignore[arg-type]
    found = torch.tensor([[1, 2]])
    with pytest.raises(ValueError, match="found: expected at least one word, got none"):
        precision(found[:0], [])
    with pytest.raises(ValueError, match="answers: expected one collection for each of 1 words, got 2"):
        precision(found, [{1}, {2}])
    with pytest.raises(ValueError, match="answers: expected at least one right translation for each word"):
        precision(found, [set()])


@pytest.mark.parametrize("score", translation.SCORES)
def test_of_equal_scores_the_smaller_number_comes_first(score):
    """Constant vectors are right about the first word alone, whatever is asked."""
    W = LinearMap("procrustes").fit(torch.eye(4), torch.eye(4))
    scores, found = W.translate(torch.ones(30, 4), torch.ones(50, 4), 3, score=score)
    assert found.tolist() == 30 * [[0, 1, 2]]
    assert precision(found, [{k} for k in range(20, 50)]) == 0
    assert precision(found[:, :1], [{0}] + [{k} for k in range(1, 30)]) == pytest.approx(100 / 30)
    targets = torch.eye(4)[[1, 0, 2, 0, 0, 3]]
    scores, found = W.translate(torch.tensor([[1.0, 0.2, 0, 0], [0, 0, 1.0, 0]]), targets, 4, neighbours=2)
    assert found.tolist() == [[1, 3, 4, 0], [2, 0, 1, 3]]
    assert (scores.diff(dim=1) <= 0).all()
