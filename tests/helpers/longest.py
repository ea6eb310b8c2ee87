"""What takes minutes, longest first: with `pytest -n 2` it begins first, so that both processes end together.

The cases of a function named here are shared out one by one; all other tests stay together with those of their file.
"""

LONGEST = (
    "tests/book/test_site.py",  # it builds the site for the browser
    "tests/homework/test_hostile.py",
    "tests/book/test_outputs.py::test_chapter_gives_its_stored_outputs",
    "tests/homework/test_assignments.py::test_assignment_is_right_as_a_whole",
    "tests/homework/test_assignments.py::test_solution_runs_with_its_experiments",
    "tests/homework/test_assignment_faults.py::test_a_fault_of_a_test_is_named",
    "tests/book/test_browser.py::test_no_page_has_a_problem",
    "tests/homework/test_grading.py",
    "tests/test_training_processes.py",
)


def rank(nodeid: str) -> int:
    """Return the place of a test in `LONGEST`, from 0."""
    return next((k for k, start in enumerate(LONGEST) if nodeid.startswith(start)), len(LONGEST))


def unit(nodeid: str) -> str:
    """Return what a test stays together with: its file, or itself alone."""
    alone = any("::" in start and nodeid.startswith(start) for start in LONGEST)
    return nodeid if alone else nodeid.split("::")[0]
