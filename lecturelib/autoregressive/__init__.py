"""Autoregressive models: p(x) = Π_i p(x_i | x_{<i}), each file one way to write the conditionals."""

from lecturelib.autoregressive.fvsbn import FVSBN
from lecturelib.autoregressive.nade import NADE

__all__ = ["FVSBN", "NADE"]
