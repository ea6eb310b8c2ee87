"""Contrastive learning: features that are alike for distorted copies of an image, and unlike for all others."""

from lecturelib.contrastive.simclr import SimCLR, nt_xent

__all__ = ["SimCLR", "nt_xent"]
