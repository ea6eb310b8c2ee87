"""Assignments that check themselves: `check` for the student, `python -m lecturelib homework` for the instructor.

Who uses which file::

    the student's notebook    student.py (check, hint, checked), local.py (the notebook as the tests see it),
                              compare.py (close), causes.py (why not), plugin.py (runs the public tests)
    the author                new.py (a copy of the template), master.py and build.py (notebook, page and values from
                              one script), verify.py (are the tests fair and the files up to date?)
    the grader                grade.py (a folder of submissions), cells.py (reads one), report.py, export.py,
                              plugin.py (runs the hidden tests), stored.py (what is still current)
    the instructor's week     layouts.py (collect), late.py, marking.py (open questions), final.py (puts all together),
                              course.py (hand out, statistics, alike), exam.py, command_week.py
    hostile code              sandbox/ (a submission runs there and nowhere else)
    all of them               assignments.py (where the files are), command.py (the command line)
"""

from lecturelib.homework.compare import close, has_shape, several
from lecturelib.homework.student import check, checked, explain, hint, progress, start

__all__ = ["check", "checked", "close", "explain", "has_shape", "hint", "progress", "several", "start"]
