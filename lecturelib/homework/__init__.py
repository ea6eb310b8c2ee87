"""Assignments that check themselves: `check` for the student, `python -m lecturelib homework` for the instructor."""

from lecturelib.homework.compare import close, has_shape
from lecturelib.homework.student import check, checked, hint, start

__all__ = ["check", "checked", "close", "has_shape", "hint", "start"]
