"""Changes of images, a batch at a time: crops, colours, patches; for the pretext tasks and contrastive learning."""

from lecturelib.augment.colors import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    channel_drop,
    color_jitter,
    fast_color_jitter,
    project_colors,
    random_grayscale,
)
from lecturelib.augment.crops import chromatic_aberration, random_boxes, random_resized_crop, resized_crop
from lecturelib.augment.filters import cutout, gaussian_blur, gaussian_noise, random_rot90, sobel
from lecturelib.augment.named import APPEARANCE, AUGMENTATIONS, GEOMETRIC, PARTS, compose
from lecturelib.augment.patches import crop_at, patch_grid, patch_pairs

__all__ = [
    "APPEARANCE",
    "AUGMENTATIONS",
    "GEOMETRIC",
    "PARTS",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_hue",
    "adjust_saturation",
    "channel_drop",
    "chromatic_aberration",
    "color_jitter",
    "compose",
    "crop_at",
    "cutout",
    "fast_color_jitter",
    "gaussian_blur",
    "gaussian_noise",
    "patch_grid",
    "patch_pairs",
    "project_colors",
    "random_boxes",
    "random_grayscale",
    "random_resized_crop",
    "random_rot90",
    "resized_crop",
    "sobel",
]
