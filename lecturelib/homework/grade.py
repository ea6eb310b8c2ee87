"""Grade a folder of submissions: each in its own sandbox, two at a time, a report for each, one table."""

import hashlib
import hmac
import multiprocessing
import os
import re
import secrets
import signal
import threading
import time
from collections.abc import Callable, Collection, Generator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, as_completed
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from lecturelib.atomic import atomic_write
from lecturelib.homework import assignments, cells, final, report, stored, submissions
from lecturelib.homework.assignments import Assignment, parts_in
from lecturelib.homework.sandbox import process
from lecturelib.homework.sandbox.process import Limits
from lecturelib.homework.sandbox.session import Session, Student, StudentError, clean
from lecturelib.progress import progress_bar

DEFINED = re.compile(r"^(?:def|class) (\w+)", re.MULTILINE)
ASKED = re.compile(r"\bstudent\.(\w+)")
MAX_TOLD = 20  # cells with an error that a report tells of


@dataclass(frozen=True)
class Job:
    """How a folder is graded.

    Args:
        assignment: whose hidden tests are run.
        out: folder for reports and table.
        secret: seed of the hidden inputs.
        limits: what a submission may use.
        hide: folders and files that the sandbox must not show, besides those of the submissions and of `out`.
        unsafe: grade without a sandbox; every report says so.

    """

    assignment: Assignment
    out: Path
    secret: bytes
    limits: Limits = field(default_factory=Limits)
    hide: tuple[Path, ...] = ()
    unsafe: bool = False


def grade(
    folder: Path,
    job: Job,
    *,
    jobs: int = 2,
    again: bool = False,
    parts: Collection[str] = (),
    only: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Grade all notebooks of a folder, and write `reports/*.json`, `reports/*.html`, `grades.csv` and `reports.json`.

    What was graded before, with the same tests, library, seed and limits, is not graded again; where only the tests of
    some parts have changed, these parts are.

    Args:
        folder: of the submissions.
        job: how to grade them.
        jobs: how many submissions are graded at the same time.
        again: grade everything again.
        parts: grade these again, and no other part of what was graded before.
        only: submissions to grade (again), by file or student; the others keep what an earlier run found.

    Returns:
        The reports, in the order of the files' names.

    Raises:
        ValueError: there are no submissions, no such part, or no hidden tests, as in an installed package.
        RuntimeError: there is no sandbox, or the hidden tests are broken.

    """
    if not job.unsafe and (fault := process.problem()):
        raise RuntimeError(f"{fault}; --unsafe grades without a sandbox")
    if not list(job.assignment.hidden.glob("test_*.py")):
        name = job.assignment.name
        raise ValueError(f"assignment: expected hidden tests of {name}, got none; grade from a clone of the repository")
    if not folder.is_dir():
        raise ValueError(f"folder: expected a folder of submissions, got {str(folder)!r}")
    files = submissions.files_in(folder, job.out)
    if not files:
        others = ", ".join(submissions.left_out(folder, job.out)) or "nothing"
        raise ValueError(f"folder: expected submissions (.ipynb), got none in {str(folder)!r}, but {others}")
    job = replace(job, hide=(*job.hide, folder.resolve(), job.out.resolve()))
    work, reports = _work(files, job, again or bool(only and not parts), parts, only)
    if work:
        current = stored.marks(job)
        with (
            progress_bar(len(files), initial=len(files) - len(work)) as bar,
            closing(_results(work, job, jobs)) as found,
        ):
            for path, result in found:
                reports[path] = stored.merged(reports.get(path), result, work[path], current)
                report.write(reports[path], submissions.report_path(job.out, path))
                bar.update()
    known = [path for path in files if path in reports]  # with `only`, there may be others
    final.keep_times(folder, job.out)
    report.write_list([submissions.report_path(job.out, path).name for path in known], job.out)
    return final.publish(job.out)


def _work(
    files: list[Path], job: Job, again: bool, parts: Collection[str], only: Collection[str]
) -> tuple[dict[Path, list[str]], dict[Path, dict[str, Any]]]:
    """Return the parts to grade of each submission, and what earlier runs found."""
    current = stored.marks(job)
    if wrong := [part for part in parts if part not in current]:
        raise ValueError(f"part: expected one of {', '.join(current)}, got {wrong[0]!r}")
    names = {path: {submissions.shown_name(path), path.stem} for path in files}
    times = final.read_times(files[0].parent) if only else {}
    for path in files:
        names[path] |= {times[name].student for name in names[path] if name in times}
    for name in only:
        if not any(name in own for own in names.values()):
            raise ValueError(f"only: expected a submission, or a student of {submissions.HANDED_IN}, got {name!r}")
    work, reports = {}, {}
    for path in files:
        before = stored.earlier(job.out, path)
        if before is not None:
            reports[path] = before
        chosen = not only or bool(names[path] & set(only))
        wanted = stored.stale(None if again else before, current)
        if parts and before is not None:
            wanted = [part for part in current if part in parts]
        if chosen and wanted:
            work[path] = wanted
    return work, reports


def _end_with_the_grader() -> None:
    """End this worker, and with it its sandbox, when the process that started it is gone, however that ended."""
    grader = multiprocessing.parent_process()
    assert grader is not None

    def wait() -> None:
        grader.join()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def _workers(number: int) -> Generator[Callable[..., Future[dict[str, Any]]]]:
    """Give a function that submits work to worker processes; what interrupts this process ends them at once."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(number, mp_context=context, initializer=_end_with_the_grader)

    def submit(*task: Any) -> Future[dict[str, Any]]:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Ctrl-C is for this process alone
        try:
            return pool.submit(*task)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    try:
        yield submit
    except BaseException:
        for worker in list((pool._processes or {}).values()):
            worker.kill()
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


def _results(work: dict[Path, list[str]], job: Job, jobs: int) -> Generator[tuple[Path, dict[str, Any]]]:
    """Grade several at a time. If a grader's process dies, its submissions are graded again, one by one."""
    lost = []
    with _workers(min(jobs, len(work))) as submit:
        tasks = {submit(grade_one, path, job, parts): path for path, parts in work.items()}
        for task in as_completed(tasks):
            if isinstance(task.exception(), BrokenExecutor):
                lost.append(tasks[task])
            else:
                yield tasks[task], task.result()
    for path in lost:
        with _workers(1) as submit:
            try:
                result = submit(grade_one, path, job, work[path]).result()
            except BrokenExecutor:
                result = _not_run(
                    path, job, "the grader failed: its process died, perhaps for lack of memory", tried=False
                )
        yield path, result


def grade_one(path: Path, job: Job, parts: Collection[str] = ()) -> dict[str, Any]:
    """Return the report of one submission; if the machine fails (out of memory, say), it says so and gives no points.

    Args:
        path: of the notebook.
        job: how to grade it.
        parts: those to grade (default: all).

    Raises:
        RuntimeError: the sandbox does not start, or a hidden test file is broken.

    """
    from lecturelib.homework import plugin

    began, is_read, digest = time.monotonic(), False, ""
    tests = [job.assignment.hidden / f"test_{part}.py" for part in parts or parts_in(job.assignment.hidden)]
    try:
        data = cells.read_bytes(path)
        digest = hashlib.sha256(data).hexdigest()
        sources, is_read = cells.read_apart(data, path.name), True
        session = Session(sources, job.limits, list(job.hide), job.unsafe)
        # inputs of this submission alone: what a report gives away is of no use to the next attempt
        secret = hmac.digest(job.secret, bytes.fromhex(digest), hashlib.sha256)
        try:
            with suppress(StudentError):  # each test will say so
                session.start()
            rows = plugin.run(tests, Student(session), job.assignment, secret).rows
        finally:
            session.close()
    except (ValueError, OSError, MemoryError) as error:
        if isinstance(error, ValueError) and not is_read:
            return _not_run(path, job, str(error), digest=digest)
        return _not_run(path, job, f"the grader failed: {type(error).__name__}: {error}", tried=False)
    problems = {str(number): clean(text) for number, text in sorted(session.problems.items())[:MAX_TOLD]}
    if len(session.problems) > MAX_TOLD:
        problems["others"] = f"{len(session.problems) - MAX_TOLD} more cells raised an error"
    seconds = round(time.monotonic() - began, 2)
    return _report(path, job, rows) | {
        "digest": digest,
        "cells": problems,
        "ended": clean(session.ended) + _wrong_file(sources, job.assignment),
        "seconds": seconds,
    }


def _wrong_file(sources: list[tuple[int, str]], assignment: Assignment) -> str:
    """Say so where a notebook defines no function of this assignment, and several of another."""
    defined = {name for _, source in sources for name in DEFINED.findall(source)}
    if defined & asked(assignment):
        return ""
    others = [(len(defined & asked(other)), other.name) for other in assignments.every() if other.number]
    count, name = max(others, default=(0, ""))
    return f"; it defines no function of {assignment.name}, but {count} of {name}" if count > 1 else ""


def asked(assignment: Assignment) -> set[str]:
    """Return the names that the tests of an assignment ask the notebook for."""
    files = [*assignment.public.glob("test_*.py"), *assignment.hidden.glob("test_*.py")]
    return {name for path in files for name in ASKED.findall(path.read_text(encoding="utf-8"))}


def _not_run(path: Path, job: Job, reason: str, *, digest: str = "", tried: bool = True) -> dict[str, Any]:
    """Return a report without points; a submission that was not tried is graded again by the next run."""
    from lecturelib.homework import plugin

    tests = sorted(job.assignment.hidden.glob("test_*.py"))
    worth = plugin.run(tests, None, job.assignment, only_list=True).worth
    rows = [plugin.Row(*key, 0.0, of, "not run", 0.0) for key, of in worth.items()]
    return _report(path, job, rows) | {"ended": clean(reason), "digest": digest, "tried": tried}


def _report(path: Path, job: Job, rows: list[Any]) -> dict[str, Any]:
    return {
        "submission": submissions.shown_name(path),
        "assignment": job.assignment.name,
        "sandbox": "none (--unsafe)" if job.unsafe else "bubblewrap",
        "digest": "",
        "cells": {},
        "tried": True,
        "tests": [asdict(row) for row in rows],
        "points": sum(row.points for row in rows),
        "of": sum(row.of for row in rows),
        "seconds": 0.0,
    }


def secret_of(out: Path, seed_file: Path | None) -> bytes:
    """Return the secret seed: of the file given, else of `seed.txt` in `out`, which is made where it is missing.

    Raises:
        ValueError: the file holds fewer than 16 characters.

    """
    path = seed_file or out / "seed.txt"
    if seed_file is None and not path.exists():
        with atomic_write(path) as aside:
            aside.touch(mode=0o600)
            aside.write_text(secrets.token_hex(32) + "\n")
    text = path.read_text(encoding="utf-8").strip()
    if len(text) < 16:
        raise ValueError(f"seed: expected at least 16 characters in {str(path)!r}, got {len(text)}")
    return text.encode()
