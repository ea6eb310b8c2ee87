"""Contrastive learning: features that are alike for distorted copies of an image, and unlike for all others."""

from lecturelib.contrastive.cpc import CPC, RecurrentContext, RowContext, info_nce
from lecturelib.contrastive.simclr import SimCLR, nt_xent

__all__ = ["CPC", "RecurrentContext", "RowContext", "SimCLR", "info_nce", "nt_xent"]
