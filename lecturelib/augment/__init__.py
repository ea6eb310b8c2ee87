"""Changes of images, a batch at a time: crops, colours, patches; for the pretext tasks and contrastive learning."""

from lecturelib.augment.colours import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    colour_jitter,
    drop_colours,
    matrix_jitter,
    project_colours,
    random_grayscale,
)
from lecturelib.augment.crops import chromatic_aberration, random_boxes, random_resized_crop, resized_crop
from lecturelib.augment.filters import cutout, gaussian_blur, gaussian_noise, quarter_turns, sobel
from lecturelib.augment.named import APPEARANCE, DISTORTIONS, GEOMETRIC, PARTS, composed
from lecturelib.augment.patches import cut, grid, neighbours

__all__ = [
    "APPEARANCE",
    "DISTORTIONS",
    "GEOMETRIC",
    "PARTS",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_hue",
    "adjust_saturation",
    "chromatic_aberration",
    "colour_jitter",
    "composed",
    "cut",
    "cutout",
    "drop_colours",
    "gaussian_blur",
    "gaussian_noise",
    "grid",
    "matrix_jitter",
    "neighbours",
    "project_colours",
    "quarter_turns",
    "random_boxes",
    "random_grayscale",
    "random_resized_crop",
    "resized_crop",
    "sobel",
]
