"""What runs in the sandbox, as a script: it reads requests from a pipe, runs the student's cells, answers with data.

All that the student's code does, it does in this process and with these rights. So nothing here is secret, and no
answer is believed: an answer is data, which the tests outside compare with their own.
"""

import ast
import builtins
import ctypes
import gc
import linecache
import os
import resource
import signal
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any


def supervise() -> None:
    """Become the sandbox's process 1, and return in a child, whose end ends the sandbox.

    Process 1 cannot be read, written or traced by the student's code, which may run as the same user. So it is always
    there to be killed, and all other processes of the sandbox end with it.
    """
    prctl, set_dumpable = ctypes.CDLL(None).prctl, 4
    prctl(set_dumpable, 0, 0, 0, 0)
    child = os.fork()
    if child == 0:
        prctl(set_dumpable, 1, 0, 0, 0)
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what has no handler does not reach process 1
    for descriptor in (0, 1, 2):
        os.close(descriptor)
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


if os.getpid() == 1:  # not so without a sandbox
    supervise()
gc.disable()  # torch's import, most of what a submission costs, takes a fifth longer with it
import torch  # noqa: E402
import wire  # type: ignore[import-not-found]  # noqa: E402 # beside this file; there is no lecturelib here


class Quiet:
    """Stands for IPython's shell and the notebook's helpers: every method does nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Return a function that does nothing."""
        return lambda *args, **kwargs: None


def limit(memory: int, cpu_seconds: int, processes: int | None, file_bytes: int, uid: int | None) -> None:
    """Give up root's rights and set the limits, which the student's code cannot raise again."""
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()  # torch maps gigabytes that it never touches
    bounds = {
        resource.RLIMIT_AS: mapped + memory,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    if processes is not None:
        bounds[resource.RLIMIT_NPROC] = processes
    for kind, bound in bounds.items():
        resource.setrlimit(kind, (bound, bound))


def namespace() -> dict[str, Any]:
    """Return the globals of a fresh notebook, with stand-ins for what the course's library gives to students."""
    main = types.ModuleType("__main__")
    quiet = Quiet()
    helpers = {name: getattr(quiet, name) for name in ("check", "checked", "explain", "hint", "progress", "start")}
    for name in ("lecturelib", "lecturelib.homework"):
        module = types.ModuleType(name)
        module.__dict__.update(helpers)
        sys.modules[name] = module
    sys.modules["lecturelib"].__dict__["homework"] = sys.modules["lecturelib.homework"]
    main.__dict__.update(helpers, display=quiet.display, get_ipython=lambda: quiet)
    sys.modules["__main__"] = main
    return main.__dict__


class MissingError(Exception):
    """A name is not there."""


class Guest:
    """Answers requests about one notebook."""

    def __init__(self, inward: int, outward: int) -> None:
        self.inward, self.outward = inward, outward
        self.names = namespace()
        self.kept: list[Any] = []
        self.process = os.getpid()

    def serve(self) -> None:
        """Answer until the pipe closes."""
        while True:
            header_length, size = wire.lengths(self.read(wire.LENGTHS))
            header, data = wire.parse(self.read(header_length)), self.read(size)
            pieces: list[bytes] = []
            try:
                value = getattr(self, "do_" + header["do"])(header, data)
                answer: dict[str, Any] = {"value": wire.encode(value, pieces, self.keep)}
            except BaseException as error:
                pieces = []
                answer = {"error": describe(error)}
            if os.getpid() != self.process:  # a child that the student's code forked comes back here, too
                os._exit(0)
            try:
                message = wire.pack(answer | {"nonce": header["nonce"]}, pieces)
            except BaseException as error:
                message = wire.pack({"error": describe(error), "nonce": header["nonce"]}, [])
            while message:
                message = message[os.write(self.outward, message) :]

    def read(self, size: int) -> bytes:
        """Read so many bytes, or end the process where the other side has closed."""
        pieces = []
        while size:
            piece = os.read(self.inward, min(size, 1 << 20))
            if not piece:
                os._exit(0)
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def keep(self, value: Any) -> list[Any]:
        """Keep an object that cannot travel, and return its number and type."""
        self.kept.append(value)
        return [len(self.kept) - 1, wire.type_name(value)]

    def found(self, number: int, name: str) -> Any:
        """Return an object that was kept."""
        return self.kept[number]

    def target(self, header: dict[str, Any]) -> Any:
        """Return what a request is about: an object kept before, or a name of the notebook."""
        if header.get("object") is not None:
            return self.kept[header["object"]]
        try:
            return self.names[header["name"]]
        except KeyError:
            raise MissingError from None

    def do_cell(self, header: dict[str, Any], data: bytes) -> None:
        """Run a cell, or only its imports, functions and classes, of which one that fails stops no other."""
        place, errors = f"<cell {header['number']}>", []
        source = header["source"]
        linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
        tree = ast.parse(source, place)
        if not header["definitions"]:
            exec(compile(tree, place, "exec"), self.names)
            return
        kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
        for node in tree.body:
            if isinstance(node, kinds):
                try:
                    exec(compile(ast.Module([node], []), place, "exec"), self.names)
                except Exception as error:
                    errors.append(error)
        if errors:
            raise errors[0]

    def do_get(self, header: dict[str, Any], data: bytes) -> Any:
        """Return a name of the notebook, or an attribute of an object."""
        target = self.target(header)
        return getattr(target, header["attribute"]) if header.get("attribute") else target

    def do_call(self, header: dict[str, Any], data: bytes) -> Any:
        """Call a function or a method."""
        target = self.target(header)
        args = wire.decode(header["args"], data, self.found)
        kwargs = wire.decode(header["kwargs"], data, self.found)
        return target(*args, **kwargs)

    def do_iterate(self, header: dict[str, Any], data: bytes) -> Any:
        """Return an iterator over an object."""
        return iter(self.target(header))

    def do_next(self, header: dict[str, Any], data: bytes) -> tuple[bool, Any]:
        """Return (True, the next item) of an iterator, or (False, None) at its end."""
        for item in self.target(header):
            return True, item
        return False, None


def describe(error: BaseException) -> dict[str, str]:
    """Return type, text and place of an error in the student's code; neither may be well-behaved."""
    try:
        text = str(error)[:500]
    except BaseException:
        text = ""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith("<cell ")]
    place = f"{frames[-1].filename[1:-1]}, line {frames[-1].lineno}" if frames else ""
    if isinstance(error, AssertionError) and not text and frames:
        text = (frames[-1].line or "")[:500]  # `assert` without a message: its line
    if isinstance(error, SyntaxError) and error.lineno:
        place = f"line {error.lineno}"
    return {"type": type(error).__name__[:100], "text": text, "place": place}


def main() -> None:
    """Set the limits, then serve."""
    gc.freeze()
    gc.enable()
    torch.set_num_threads(1)
    inward, outward = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # what the student prints goes nowhere
        os.dup2(null, standard)
    memory, cpu_seconds, processes, file_bytes, uid = sys.argv[1:6]
    known = [None if word == "none" else int(word) for word in (processes, uid)]
    limit(int(memory), int(cpu_seconds), known[0], int(file_bytes), known[1])
    os.write(outward, wire.pack({"ready": True}, []))
    sys.argv = [""]
    builtins.input, sys.breakpointhook = wire.no_input, wire.no_breakpoint
    Guest(inward, outward).serve()


if __name__ == "__main__":
    main()
