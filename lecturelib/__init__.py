"""Reference implementations for the book *Sequences and Self-Supervision*: one paper, one file.

Start with :mod:`lecturelib.autoregressive`; the chapters show the rest.
"""

__version__ = "0.1.0"
