"""What the pretext tasks ask of a batch of images."""

from torch import Tensor, nn

from lecturelib import checks


def check_for_normalisation(model: nn.Module, images: Tensor) -> None:
    """Raise ValueError where the batch normalisation of a classifier would have one example to learn from."""
    if model.training and isinstance(images, Tensor) and len(images) == 1:
        raise ValueError(
            "images: expected two or more in training, for batch normalisation, got one; call model.eval() to score one"
        )


def check_gap(gap: object, jitter: int) -> int:
    """Return `gap` as an int, or raise ValueError where jittered patches could overlap."""
    try:
        return checks.integer_between("gap", gap, 2 * jitter, 10**6)
    except (TypeError, ValueError):
        raise ValueError(f"gap: expected an integer of at least 2 jitter = {2 * jitter}, got {gap!r}") from None
