"""The notebook that a student works in, behind the interface of a session in the sandbox.

What the tests send and get takes the same way as when it is graded: tensors are copied, NumPy's arrays become tensors,
other objects stay where they are. A call has the same time. And what only cells define that are not graded is missing
here, too.
"""

import builtins
import contextlib
import dis
import inspect
import linecache
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import torch
from torch import Tensor

from lecturelib.homework import cells
from lecturelib.homework.sandbox import wire
from lecturelib.homework.sandbox.process import Limits
from lecturelib.homework.sandbox.session import Remote, Session, StudentError

LIMITS = Limits()


class LocalSession(Session):
    """A notebook's names as the tests see them.

    Args:
        names: the notebook's globals.

    """

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__([], LIMITS)
        self._names = names
        self._kept: list[Any] = []
        self._graded, self._ungraded = _bound(names)
        self.notes: list[str] = []  # what is not wrong, but may be the cause of something that is

    def get(self, label: str, **target: Any) -> Any:
        """Return a name of the notebook or an attribute of an object: data, or a `Remote`."""
        if "name" in target:
            self._check_graded(target["name"])
            return self._through(self._names[target["name"]], label)
        return self._through(getattr(self._kept[target["object"]], target["attribute"]), label)

    def call(self, label: str, args: tuple[Any, ...], kwargs: dict[str, Any], **target: Any) -> Any:
        """Call a function or a method, and return its result: data, or a `Remote`."""
        function = self._kept[target["object"]]
        copies = self._copied([list(args), kwargs], self._number_of, lambda number, name: self._kept[number])
        result = self._timed(label, lambda: function(*copies[0], **copies[1]))
        changed = [name for name, was, now in _pairs(args, kwargs, copies) if not _same(was, now)]
        self.notes += [f"{label} changes its {name} in place; is it meant?" for name in changed]
        return result

    def iterate(self, label: str, number: int) -> Any:
        """Return the iterator of an object, a `Remote`."""
        return self._timed(label, lambda: iter(self._kept[number]))

    def next(self, label: str, number: int) -> Any:
        """Return whether an iterator had an item, and the item."""
        return self._timed(label, lambda: next(((True, item) for item in self._kept[number]), (False, None)))

    def holds(self, life: int) -> bool:
        """Whether the objects of a process are still there: always."""
        return True

    def _timed(self, label: str, action: Callable[[], Any]) -> Any:
        if label in self._sunk:
            raise StudentError(f"{label}: {self._sunk[label]} (in an earlier call)")
        stopped, value = threading.Event(), None
        try:
            with _time_limit(self.limits.call_seconds, stopped), _nobody_there():
                value = action()
        except BaseException:
            if not stopped.is_set():
                raise
        if stopped.is_set():
            self._sunk[label] = f"it ran out of time and was stopped after {self.limits.call_seconds:g} s"
            raise StudentError(f"{label}: {self._sunk[label]}")
        if isinstance(value, Tensor) and value.requires_grad:
            self.notes.append(f"{label} returns a tensor with a graph attached (requires_grad); is it meant?")
        return self._through(value, label)

    def _through(self, value: Any, label: str) -> Any:
        try:
            return self._copied(value, self._keep_here, lambda number, name: Remote(self, number, name, label))
        except wire.WireError as error:
            raise StudentError(f"{label}: {error}") from None

    def _copied(self, value: Any, keep: Callable[[Any], list[Any]], found: Callable[[int, str], Any]) -> Any:
        """Return what arrives of a value on the other side."""
        pieces: list[bytes] = []
        message = wire.pack({"value": wire.encode(value, pieces, keep)}, pieces)
        header, size = wire.lengths(message[: wire.LENGTHS])
        start = wire.LENGTHS + header
        return wire.decode(wire.parse(message[wire.LENGTHS : start])["value"], message[start : start + size], found)

    def _keep_here(self, value: Any) -> list[Any]:
        self._kept.append(value)
        return [len(self._kept) - 1, wire.type_name(value)]

    def _number_of(self, value: Any) -> list[Any]:
        return self._keep(value) if isinstance(value, Remote) else self._keep_here(value)  # a test's own function

    def _check_graded(self, name: str) -> None:
        """Fail where the grader, which leaves cells out, would not find the name, or another that it uses."""
        if name not in self._names:
            raise StudentError(f"{name}: not defined in the notebook; has its cell been run?")
        if name in self._ungraded - self._graded or _is_in_ungraded_cell(self._names[name]):
            raise StudentError(
                f"{name}: stands in a cell that is not graded, as its first line says; move it to one that is"
            )
        for user, used in _globals_of(name, self._names):
            if used in self._ungraded - self._graded:
                raise StudentError(
                    f"{user}: uses {used}, which only a cell that is not graded defines; do it in one that is"
                )


def _pairs(args: tuple[Any, ...], kwargs: dict[str, Any], copies: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Give each argument that is a tensor, before and after the call, with its name."""
    named = [(f"argument {k}", was, now) for k, (was, now) in enumerate(zip(args, copies[0], strict=True), start=1)]
    named += [(f"argument {name}", kwargs[name], copies[1][name]) for name in kwargs]
    return ((name, was, now) for name, was, now in named if isinstance(was, Tensor) and isinstance(now, Tensor))


def _same(was: Tensor, now: Tensor) -> bool:
    return was.shape == now.shape and torch.equal(was.detach().cpu().nan_to_num(), now.detach().nan_to_num())


def _bound(names: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return the names that the cells run so far bind: those that are graded, and the others; none outside IPython."""
    graded, ungraded = set[str](), set[str]()
    try:
        history = names["get_ipython"]().history_manager.input_hist_raw
    except (KeyError, AttributeError, TypeError):
        return graded, ungraded
    for source in history:
        into = ungraded if cells.is_ungraded(source) else graded
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            code = compile(cells.plain(source) if source.strip() else "", "<cell>", "exec")
            into |= {i.argval for i in dis.get_instructions(code) if i.opname in ("STORE_NAME", "STORE_GLOBAL")}
    return graded, ungraded


def _is_in_ungraded_cell(value: Any) -> bool:
    code = getattr(_inner(value), "__code__", None)
    return code is not None and cells.is_ungraded("".join(linecache.getlines(code.co_filename)[:20]))


def _inner(value: Any) -> Any:
    """Return the function inside of decorators."""
    try:
        return inspect.unwrap(value)
    except ValueError:
        return value


def _globals_of(name: str, names: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give each function of the notebook that `name` may call, with each global name that it uses."""
    waiting, seen = [name], {name}
    while waiting:
        user = waiting.pop()
        value = _inner(names.get(user))
        functions = list(vars(value).values()) if isinstance(value, type) else [value]
        for function in map(_inner, functions):
            if getattr(function, "__globals__", None) is not names:
                continue
            for used in _global_names(function.__code__):
                yield user, used
                if used not in seen:
                    seen.add(used)
                    waiting.append(used)


def _global_names(code: types.CodeType) -> set[str]:
    found = {i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"}
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return found.union(*map(_global_names, inner))


class _OutOfTimeError(BaseException):
    """Raised in the student's code; no `except Exception` there stops it."""


@contextlib.contextmanager
def _time_limit(seconds: float, stopped: threading.Event) -> Iterator[None]:
    """Interrupt what runs longer, and set the event; where there are no alarms, as on Windows, nothing does."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*args: object) -> NoReturn:
        stopped.set()
        raise _OutOfTimeError

    handler = signal.signal(signal.SIGALRM, stop)
    rest = signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again, where it was caught
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *rest)
        signal.signal(signal.SIGALRM, handler)


@contextlib.contextmanager
def _nobody_there() -> Iterator[None]:
    """Make `input` and `breakpoint` say that nobody answers."""
    typed, hook = builtins.input, sys.breakpointhook
    builtins.input, sys.breakpointhook = wire.no_input, wire.no_breakpoint
    try:
        yield
    finally:
        builtins.input, sys.breakpointhook = typed, hook
