"""Reference implementations for the book *Sequences and Self-Supervision*.

One paper, one file. Start with :mod:`lecturelib.autoregressive`.
"""

__version__ = "0.1.0"
