"""Ancestral sampling as an animation: a slider over the pixels, drawn by a small script without a kernel."""

import base64
from html import escape

import numpy as np
from jaxtyping import Shaped
from torch import Tensor

from lecturelib import checks
from lecturelib.demos.html import Html, compact, source

FALLBACK = "This animation of {count} samples, drawn pixel by pixel, needs JavaScript."


def sampling_slider(probabilities: Tensor, samples: Tensor, height: int, width: int, *, title: str, alt: str) -> Html:
    """Return an animation in which `samples` appear one pixel per frame, each with the probability it was drawn with.

    About 8 kB, and 1.2 kB per sample of 784 pixels; the probabilities are stored to two decimals.

    Args:
        probabilities: [n, dim], p(x_i = 1 | x_{<i}) of every pixel, `model.conditionals(samples)`.
        samples: [n, dim], images of zeros and ones.
        height, width: the shape of an image; dim = height · width, in raster order.
        title: a line above the animation.
        alt: a description, for those who cannot see it.

    Raises:
        TypeError, ValueError: a tensor of another shape or dtype, or values that are not probabilities or not bits.

    """
    height, width = checks.positive_int("height", height), checks.positive_int("width", width)
    checks.binary_matrix("samples", samples, height * width, samples)
    checks.matrix("probabilities", probabilities, height * width, samples)
    if probabilities.shape != samples.shape:
        raise ValueError(
            f"probabilities: expected shape {list(samples.shape)} (samples'), got {list(probabilities.shape)}"
        )
    if probabilities.min() < 0 or probabilities.max() > 1:
        low, high = float(probabilities.min()), float(probabilities.max())
        raise ValueError(f"probabilities: expected values from 0 to 1, got {low:.4g} to {high:.4g}")
    percent = (100 * probabilities.detach().cpu().double().numpy()).round().astype(np.uint8)
    data = {
        "height": height,
        "width": width,
        "count": len(samples),
        "title": title,
        "label": alt,
        "p": base64.b64encode(percent.tobytes()).decode(),
        "x": pack_bits(samples),
    }
    attributes = " ".join(f'data-{key}="{escape(str(value))}"' for key, value in data.items())
    html = (
        f"<style>{compact(source('demos.css'))}</style>\n"
        f'<div class="lecture-demo" data-slider role="group" aria-label="{escape(title)}" {attributes}>'
        f"<p>{FALLBACK.format(count=len(samples))}</p></div>\n"
        f"<script>{compact(source('slider.js'))}</script>"
    )
    return Html(f"sampling slider: {title}", html)


def pack_bits(images: Shaped[Tensor, "n dim"]) -> str:
    """Return images of zeros and ones in base64, eight pixels per byte; each image begins a new byte."""
    return base64.b64encode(np.packbits(images.detach().cpu().numpy().astype(np.uint8), axis=1).tobytes()).decode()
