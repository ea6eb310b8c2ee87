"""Linear evaluation: what a linear classifier can read from features that were not trained for it.

    >>> x = frozen_features(model, train_images), frozen_features(model, test_images)
    >>> linear_probe((x[0], train_labels), (x[1], test_labels)).accuracy

Zhang, Isola and Efros, "Colorful Image Colorization", ECCV (2016), made it the common test; Kolesnikov, Zhai and Beyer,
CVPR (2019), show how much its training matters. So here nothing depends on a step size: the classifier is the one
minimum of a convex function, mean cross-entropy in nats plus λ/2 times the sum of the squared weights, by L-BFGS.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from lecturelib import checks

PENALTIES = (1e-4, 1e-3, 1e-2)  # λ

Labelled = tuple[Tensor, Tensor]  # features, or images, and labels: floats [n, ...] and integers [n]


@dataclass(frozen=True)
class Probe:
    """A linear classifier of standardised features and its accuracy on the test examples, in per cent."""

    weight: Float[Tensor, "classes d"]
    bias: Float[Tensor, " classes"]
    penalty: float
    accuracy: float
    predictions: Int[Tensor, " n"]


def frozen_features(
    model: nn.Module,
    images: Tensor,
    features: Callable[[Tensor], Tensor] | None = None,
    batch_size: int = 500,
) -> Float[Tensor, "n d"]:
    """Return the features of all images, from a model that stays as it is, parameters and running means.

    Args:
        model: is set to `eval` meanwhile.
        images: floats in [0, 1], or bytes, which are divided by 255 a batch at a time.
        features: from images to rows of features; default `model.features`.
        batch_size: images a step.

    Raises:
        RuntimeError: `features` changed a parameter or a running mean: what it was to measure is not there any more.

    """
    checks.positive_int("batch_size", batch_size)
    features = features or model.features  # type: ignore[assignment]
    assert features is not None
    before = {name: value.clone() for name, value in model.state_dict().items()}
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            rows = [features(_floats(batch)).flatten(1) for batch in images.split(batch_size)]
    finally:
        model.train(training)
    for name, value in model.state_dict().items():
        if not torch.equal(value, before[name]):
            raise RuntimeError(f"features: expected a frozen model, but {name!r} changed while it was evaluated")
    return torch.cat(rows)


def _floats(images: Tensor) -> Tensor:
    return images if images.is_floating_point() else images / 255


def linear_probe(
    train: Labelled, test: Labelled, valid: Labelled | None = None, penalties: Sequence[float] = PENALTIES
) -> Probe:
    """Return the classifier that the training examples give, tested once.

    Args:
        train, test, valid: features and labels 0 … classes - 1. Features are standardised by the training examples.
        valid: chooses among the `penalties`; without it there may be only one.
        penalties: values of λ.

    Raises:
        TypeError, ValueError: features and labels do not fit each other, or there is nothing to choose by.

    """
    for name, part in {"train": train, "test": test, "valid": valid}.items():
        if part is not None:
            _check(name, part, train[0])
    if len(penalties) != 1 and valid is None:
        raise ValueError(f"penalties: expected one without `valid` to choose by, got {len(penalties)}")
    mean, std = train[0].mean(dim=0), train[0].std(dim=0).clamp(min=1e-6)
    classes = int(train[1].max()) + 1

    def scaled(part: Labelled) -> Tensor:
        return (part[0] - mean) / std

    x, start, best = scaled(train), None, None
    for penalty in sorted(penalties, reverse=True):  # the strongest first: each is a good start for the next
        weight, bias = start = logistic_regression(x, train[1], classes, penalty, start)
        score = 0.0 if valid is None else _accuracy(scaled(valid) @ weight.T + bias, valid[1])
        if best is None or score > best[0]:
            best = (score, penalty, weight, bias)
    assert best is not None
    _, penalty, weight, bias = best
    logits = scaled(test) @ weight.T + bias
    return Probe(weight, bias, penalty, _accuracy(logits, test[1]), logits.argmax(dim=1))


def logistic_regression(
    x: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    classes: int,
    penalty: float,
    start: tuple[Tensor, Tensor] | None = None,
) -> tuple[Float[Tensor, "classes d"], Float[Tensor, " classes"]]:
    """Return the weights and biases that minimise mean cross-entropy + penalty / 2 · (sum of squared weights)."""
    weight, bias = start or (x.new_zeros(classes, x.shape[1]), x.new_zeros(classes))
    weight, bias = weight.clone().requires_grad_(), bias.clone().requires_grad_()
    lbfgs = torch.optim.LBFGS(
        [weight, bias], max_iter=300, tolerance_grad=1e-5, tolerance_change=1e-9, line_search_fn="strong_wolfe"
    )

    def objective() -> Tensor:
        lbfgs.zero_grad()
        loss = cross_entropy(x @ weight.T + bias, y) + penalty / 2 * weight.square().sum()
        loss.backward()
        return loss

    lbfgs.step(objective)
    return weight.detach(), bias.detach()


def ridge_probe(train: Labelled, test: Labelled, penalty: float = 1e-2) -> float:
    """Return the accuracy in per cent of least squares to one-hot labels: in closed form, a monitor while training.

    Raises:
        TypeError, ValueError: features and labels do not fit each other.

    """
    _check("train", train, train[0])
    _check("test", test, train[0])
    mean, std = train[0].mean(dim=0), train[0].std(dim=0).clamp(min=1e-6)
    x, y = (train[0] - mean) / std, one_hot(train[1]).to(train[0])
    # W = (XᵀX / n + λ I)⁻¹ XᵀY / n; the mean label is the bias
    gram = x.T @ x / len(x) + penalty * torch.eye(x.shape[1], dtype=x.dtype)
    weight = torch.linalg.solve(gram, x.T @ (y - y.mean(dim=0)) / len(x))
    return _accuracy((test[0] - mean) / std @ weight + y.mean(dim=0), test[1])


def _accuracy(logits: Tensor, y: Tensor) -> float:
    return 100 * float((logits.argmax(dim=1) == y).double().mean())


def _check(name: str, part: Labelled, like: Tensor) -> None:
    x, y = part
    checks.matrix(f"{name} features", x, like.shape[-1], like)
    if y.shape != (len(x),) or y.is_floating_point():
        raise ValueError(f"{name} labels: expected {len(x)} integers, got {y.dtype} {list(y.shape)}")
    if int(y.min()) < 0:
        raise ValueError(f"{name} labels: expected 0 … classes - 1, got {int(y.min())}")
