"""A student's notebook in the sandbox: its cells are run, its functions called, and what goes wrong is noted.

A process that hangs or dies is started again, without the cell or the function that was to blame, so that the rest can
still earn its points.
"""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lecturelib.homework.sandbox import wire
from lecturelib.homework.sandbox.process import Limits, Process, StoppedError

CONTROL = re.compile(r"[^\S\n ]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class StudentError(AssertionError):
    """What the student's code did wrong, in words for the student."""


def clean(text: str, length: int = 1500) -> str:
    """Return text from a student without what could disturb a report: control characters, half characters, length."""
    text = text.encode("utf-8", "backslashreplace").decode()
    text = CONTROL.sub(" ", text)
    return text if len(text) <= length else text[:length] + " …"


@dataclass
class Session:
    """The student's notebook as the tests outside see it.

    Args:
        cells: source of each cell that counts, with its number.
        limits: what it may use.
        hide: folders that must not be seen inside.
        unsafe: run it without the sandbox.

    """

    cells: list[tuple[int, str]]
    limits: Limits = field(default_factory=Limits)
    hide: list[Path] = field(default_factory=list)
    unsafe: bool = False

    def __post_init__(self) -> None:
        self.problems: dict[int, str] = {}  # by cell
        self.life = 0  # number of processes started so far; objects of an earlier one are gone
        self.ended = "graded"
        self._end = time.monotonic() + self.limits.total_seconds
        self._process: Process | None = None
        self._sunk: dict[str, str] = {}  # functions that hung or ended the process, with the reason
        self._skip: dict[int, int] = {}  # cells that did: 1, only their definitions are run; 2, nothing

    def get(self, label: str, **target: Any) -> Any:
        """Return a name of the notebook or an attribute of an object: data, or a `Remote`."""
        return self._request(label, {"do": "get", **target})

    def call(self, label: str, args: tuple[Any, ...], kwargs: dict[str, Any], **target: Any) -> Any:
        """Call a function or a method, and return its result: data, or a `Remote`."""
        return self._request(label, {"do": "call", **target}, args, kwargs)

    def iterate(self, label: str, number: int) -> Any:
        """Return the iterator of an object, a `Remote`."""
        return self._request(label, {"do": "iterate", "object": number})

    def next(self, label: str, number: int) -> Any:
        """Return whether an iterator had an item, and the item."""
        return self._request(label, {"do": "next", "object": number})

    def holds(self, life: int) -> bool:
        """Whether the objects of a process are still there."""
        return life == self.life and self._process is not None

    def start(self) -> None:
        """Start the process and run the cells; where one stops it, start again without that cell.

        Raises:
            StudentError: too many restarts, or the time is up.
            RuntimeError: the sandbox does not start.

        """
        while self._process is None:
            if self.life > self.limits.restarts:
                self._give_up(f"its process was started {self.life} times and ended each time")
            self.life += 1
            self._process = Process(self.limits, self.hide, self.unsafe)
            for number, source in self.cells:
                if not self._run(number, source):
                    break

    def _run(self, number: int, source: str) -> bool:
        """Run a cell, and return whether the process is still there; below an error only definitions are run."""
        skip = self._skip.get(number, 0)
        if skip > 1:
            return True
        request = {"do": "cell", "number": number, "source": source}
        try:
            header, _ = self._ask({**request, "definitions": skip == 1}, [], self.limits.cell_seconds)
            if "error" in header:
                self.problems.setdefault(number, _error(header))
                if skip == 0:
                    self._ask({**request, "definitions": True}, [], self.limits.cell_seconds)
        except StoppedError as why:
            self._skip[number] = skip + 1
            rest = "only its imports, functions and classes were kept" if skip == 0 else "it was left out"
            self.problems[number] = f"{why}; {rest}"
            return False
        return True

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _request(
        self, label: str, request: dict[str, Any], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if label in self._sunk:
            raise StudentError(f"{label}: {self._sunk[label]} (in an earlier call)")
        self.start()
        pieces: list[bytes] = []
        request["args"] = wire.encode(list(args), pieces, self._keep)
        request["kwargs"] = wire.encode(kwargs or {}, pieces, self._keep)
        try:
            header, data = self._ask(request, pieces, self.limits.call_seconds)
        except StoppedError as why:
            self._sunk[label] = str(why)
            raise StudentError(f"{label}: {why}") from None
        if "error" in header:
            raise StudentError(f"{label}: {_error(header)}")
        try:
            return wire.decode(header.get("value"), data, lambda number, name: Remote(self, number, name, label))
        except wire.WireError as error:
            raise StudentError(f"{label}: {error}") from None

    def _ask(self, request: dict[str, Any], pieces: list[bytes], seconds: float) -> tuple[dict[str, Any], bytes]:
        assert self._process is not None
        left = self._end - time.monotonic()
        if left <= 0:
            self._give_up(f"the {self.limits.total_seconds:g} seconds of this submission were used up")
        try:
            return self._process.ask(request, pieces, min(seconds, left))
        except StoppedError:
            self.close()
            raise

    def _keep(self, value: Any) -> list[Any]:
        """A student's object goes back to where it is."""
        if not isinstance(value, Remote) or value._session is not self:
            raise TypeError(f"a test sent what cannot travel: {type(value).__name__}")
        return [value._number_now(), ""]

    def _give_up(self, reason: str) -> None:
        self.close()
        self.ended = reason
        raise StudentError(reason)


def _error(header: dict[str, Any]) -> str:
    """Return type, text and place of an error; all of it is the student's word."""
    error = header["error"]
    if not isinstance(error, dict):
        return "an error"
    kind, text, place = (clean(str(error.get(name, "")), 500) for name in ("type", "text", "place"))
    if kind == "MissingError":
        return "not defined in the notebook"
    if kind == "WireError":
        return text
    return f"{kind}: {text}" + (f" ({place})" if place else "")


class Remote:
    """A student's object that stayed in the sandbox: attributes, calls and iteration go there."""

    def __init__(self, session: Session, number: int, kind: str, label: str) -> None:
        self._session, self._number, self._kind, self._label = session, number, clean(kind, 100), label
        self._life = session.life

    def __repr__(self) -> str:
        return f"an object of type {self._kind}"

    def __bool__(self) -> bool:
        raise StudentError(f"{self._label}: expected a value, got {self!r}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._session.get(f"{self._label}.{name}", object=self._number_now(), attribute=name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it there."""
        return self._session.call(self._label, args, kwargs, object=self._number_now())

    def __iter__(self) -> Any:
        iterator = self._session.iterate(self._label, self._number_now())
        while True:
            item = self._session.next(self._label, iterator._number_now())
            if not isinstance(item, tuple) or len(item) != 2 or item[0] is not True:
                return
            yield item[1]

    def _number_now(self) -> int:
        if not self._session.holds(self._life):
            raise StudentError(f"{self._label}: its object is gone, since the process was stopped")
        return self._number


class Student:
    """What the tests call `student`: the names of the notebook."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = self._session.get(name, name=name)
        if isinstance(value, Remote):
            value._label = name
        return value
