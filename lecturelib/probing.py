"""Linear evaluation: what a linear classifier can read from features that were not trained for it.

    >>> x = frozen_features(model, train_images), frozen_features(model, test_images)
    >>> linear_probe((x[0], train_labels), (x[1], test_labels)).accuracy

Zhang, Isola and Efros, "Colorful Image Colorization", ECCV (2016), made it the common test; Kolesnikov, Zhai and Beyer,
CVPR (2019), show how much its training matters. So here nothing depends on a step size: the classifier is the one
minimum of a convex function, mean cross-entropy in nats plus λ/2 times the sum of the squared weights, by L-BFGS.
"""

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from lecturelib import checks
from lecturelib.modes import evaluating

PENALTIES = (1e-4, 1e-3, 1e-2)  # λ
GRADIENT = 1e-6  # largest entry of the gradient at what counts as the minimum

Labelled = tuple[Tensor, Tensor]  # features, or images, and labels: floats [n, ...] and integers [n]


@dataclass(frozen=True)
class Probe:
    """A linear classifier of standardised features and its accuracy on the test examples, in percent."""

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
        model: is set to `eval` meanwhile; afterwards each part is in the mode that it had.
        images: floats in [0, 1], or bytes, which are divided by 255 a batch at a time.
        features: from images to rows of features; default `model.features`, or the model itself where it has none.
        batch_size: images a step.

    Raises:
        RuntimeError: `features` changed a parameter or a running mean: what it was to measure is not there any more.

    """
    batch_size = checks.positive_int("batch_size", batch_size)
    check_tensor("images", images)
    check_model(model, features)
    read: Any = features or getattr(model, "features", model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with evaluating(model), torch.no_grad():
        rows = [read(_floats(batch)).flatten(1) for batch in images.split(batch_size)]
    for name, value in model.state_dict().items():
        if not torch.equal(value, before[name]):
            raise RuntimeError(f"features: expected a frozen model, but {name!r} changed while it was evaluated")
    return torch.cat(rows)


def check_tensor(name: str, x: object) -> None:
    """Raise TypeError unless `x` is a tensor."""
    if not isinstance(x, Tensor) or not x.dim():
        raise TypeError(
            f"{name}: expected a tensor [n, ...], got {'one number' if isinstance(x, Tensor) else type(x).__name__}"
        )


def check_model(model: object, features: object) -> None:
    """Raise TypeError unless `model` is a module, and `features` a function or None."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"model: expected a torch.nn.Module, got {type(model).__name__}")
    if features is not None and not callable(features):
        raise TypeError(f"features: expected a function from images to features, got {type(features).__name__}")


def _floats(images: Tensor) -> Tensor:
    return images if images.is_floating_point() else images / 255


def linear_probe(
    train: Labelled, test: Labelled, valid: Labelled | None = None, penalties: Sequence[float] | None = None
) -> Probe:
    """Return the classifier that the training examples give, tested once.

    Args:
        train, test, valid: features and labels 0 … classes - 1. Features are standardised by the training examples;
            no gradient goes through them. Of classes with equal logits the first is predicted, as by `argmax`.
        valid: chooses among the `penalties`; without it there may be only one.
        penalties: values of λ; default `PENALTIES`, and without `valid` 1e-3.

    Raises:
        TypeError, ValueError: features and labels do not fit each other, or there is nothing to choose by.

    Warns:
        RuntimeWarning: the minimum was not reached; see `logistic_regression`.

    """
    if penalties is None:
        penalties = PENALTIES if valid is not None else PENALTIES[1:2]
    if not isinstance(penalties, Iterable):
        raise TypeError(f"penalties: expected a list of numbers, got {penalties!r} ({type(penalties).__name__})")
    penalties = list(penalties)
    if not penalties or (len(penalties) != 1 and valid is None):
        raise ValueError(f"penalties: expected one without `valid` to choose by, got {len(penalties)}")
    penalties = [checks.number("penalties", penalty, above=0) for penalty in penalties]
    (x, y), *others = _standardised({"train": train, "test": test} | ({} if valid is None else {"valid": valid}))
    test_x, test_y = others[0]
    start, best = None, None
    for penalty in sorted(penalties, reverse=True):  # the strongest first: each is a good start for the next
        weight, bias = start = logistic_regression(x, y, int(y.max()) + 1, penalty, start)
        score = _accuracy(others[1][0] @ weight.T + bias, others[1][1]) if valid is not None else 0.0
        if best is None or score > best[0]:
            best = (score, penalty, weight, bias)
    assert best is not None
    _, penalty, weight, bias = best
    logits = test_x @ weight.T + bias
    kind = train[0].dtype
    return Probe(weight.to(kind), bias.to(kind), penalty, _accuracy(logits, test_y), logits.argmax(dim=1))


def logistic_regression(
    x: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    classes: int,
    penalty: float,
    start: tuple[Tensor, Tensor] | None = None,
) -> tuple[Float[Tensor, "classes d"], Float[Tensor, " classes"]]:
    """Return the weights and biases that minimise mean cross-entropy + penalty / 2 · (sum of squared weights).

    In float64, until no entry of the gradient is above 1e-6.

    Raises:
        TypeError, ValueError: features and labels do not fit each other, or a label is not below `classes`.

    Warns:
        RuntimeWarning: this was not reached.

    """
    classes, penalty = checks.positive_int("classes", classes), checks.number("penalty", penalty, above=0)
    check_problem(x, y, classes)
    with torch.inference_mode(False), torch.enable_grad():
        x, y = x.detach().double().clone(), y.long().clone()  # clones, since inference tensors cannot be differentiated
        weight, bias = start or (x.new_zeros(classes, x.shape[1]), x.new_zeros(classes))
        weight, bias = (part.detach().to(x).clone().requires_grad_() for part in (weight, bias))
        lbfgs = torch.optim.LBFGS(
            [weight, bias],
            max_iter=5000,
            tolerance_grad=GRADIENT / 2,
            tolerance_change=0,
            line_search_fn="strong_wolfe",
        )

        def objective() -> Tensor:
            lbfgs.zero_grad()
            loss = cross_entropy(x @ weight.T + bias, y) + penalty / 2 * weight.square().sum()
            loss.backward()
            return loss

        lbfgs.step(objective)
        objective()
    left = max(float(part.grad.abs().max()) for part in (weight, bias) if part.grad is not None)
    if not left <= GRADIENT:  # also where it is NaN
        message = f"probe: expected a gradient of at most {GRADIENT:g} at the minimum, got {left:.1g}"
        warnings.warn(message, RuntimeWarning, stacklevel=2)
    return weight.detach(), bias.detach()


def ridge_probe(train: Labelled, test: Labelled, penalty: float = 1e-2) -> float:
    """Return the accuracy in percent of least squares to one-hot labels: in closed form, a monitor while training.

    Of classes with equal scores the first is predicted, as by `argmax`.

    Raises:
        TypeError, ValueError: features and labels do not fit each other.

    """
    penalty = checks.number("penalty", penalty, above=0)
    (x, labels), (test_x, test_y) = _standardised({"train": train, "test": test})
    y = one_hot(labels).to(x)
    # W = (XᵀX / n + λ I)⁻¹ XᵀY / n; the mean label is the bias
    gram = x.T @ x / len(x) + penalty * torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    weight = torch.linalg.solve(gram, x.T @ (y - y.mean(dim=0)) / len(x))
    return _accuracy(test_x @ weight + y.mean(dim=0), test_y)


def _accuracy(logits: Tensor, y: Tensor) -> float:
    return 100 * float((logits.argmax(dim=1) == y).double().mean())


def _standardised(parts: dict[str, Labelled]) -> list[Labelled]:
    """Return features in float64 with the mean 0 and deviation 1 of the first part's, and labels as int64."""
    for name, part in parts.items():
        _check(name, part, next(iter(parts.values())))
    first = next(iter(parts.values()))[0]
    if len(first) < 2:
        raise ValueError(f"train features: expected at least two examples, got {len(first)}")
    with torch.inference_mode(False):
        x = first.detach().double()
        mean, std = x.mean(dim=0), x.std(dim=0).clamp(min=1e-6)
        return [((x.detach().double() - mean) / std, y.to(first.device, torch.int64)) for x, y in parts.values()]


def check_problem(x: Tensor, y: Tensor, classes: int) -> None:
    """Raise unless `x` and `y` are features and labels below `classes`."""
    check_tensor("x", x)
    _check("x and y,", (x, y), (x, y))
    if int(y.long().max()) >= classes:
        raise ValueError(f"y: expected labels below {classes} classes, got {int(y.long().max())}")


def _check(name: str, part: Labelled, train: Labelled) -> None:
    if not isinstance(part, tuple | list) or len(part) != 2:
        got = f"{len(part)} parts" if isinstance(part, tuple | list) else type(part).__name__
        raise TypeError(f"{name}: expected features and labels, got {got}")
    x, y = part
    check_tensor(f"{name} features", x)
    checks.matrix(f"{name} features", x, train[0].shape[-1], train[0])
    if not x.is_floating_point():
        raise TypeError(f"{name} features: expected floats, got {x.dtype}")
    if not isinstance(y, Tensor) or y.shape != (len(x),) or y.is_floating_point() or y.is_complex():
        got = f"{y.dtype} {list(y.shape)}" if isinstance(y, Tensor) else type(y).__name__
        raise ValueError(f"{name} labels: expected {len(x)} integers, got {got}")
    if y.device.type == "meta" or x.device.type == "meta":
        raise ValueError(f"{name}: expected features and labels with values, got some on the device meta")
    if int(y.long().min()) < 0:
        raise ValueError(f"{name} labels: expected 0 … classes - 1, got {int(y.long().min())}")
