"""The digits of the demo "orders": of MNIST-5k at 14 x 14, thresholded, as the recipe fvsbn-mnist-5k-14 has them."""

import base64
from typing import Any

import numpy as np

TRAIN = 2500  # with the validation split, all of it, about 100 kB in base64


def packed() -> dict[str, Any]:
    """Return TRAIN training and all validation images as orders.js reads them, eight pixels per byte."""
    from lecturelib import recipes  # only a build needs them
    from lecturelib.datasets import load

    digits, bits = load("mnist-5k"), recipes.get("fvsbn-mnist-5k-14").prepare
    images: dict[str, Any] = {"train": bits(digits.train)[:TRAIN], "valid": bits(digits.valid)}
    return {name: base64.b64encode(np.packbits(x.bool().numpy()).tobytes()).decode() for name, x in images.items()}
