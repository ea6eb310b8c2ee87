"""A web server on the loopback interface that misbehaves to order, and a small data set that lives on it."""

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lecturelib.datasets import download, registry
from lecturelib.datasets.registry import Entry, File

Reply = Callable[[BaseHTTPRequestHandler, bytes], None]


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, length: int | None = None) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


def right(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Send the file, or the rest that was asked for."""
    start = int(handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
    if start >= len(body):
        _send(handler, 416, b"")
    else:
        _send(handler, 206 if start else 200, body[start:])


def whole(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Send the whole file, whatever was asked for."""
    _send(handler, 200, body)


def half(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Promise the whole file, send half of it and hang up."""
    _send(handler, 200, body[: len(body) // 2], len(body))


def wrong(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Send a file of the right length with one wrong byte."""
    _send(handler, 200, b"?" + body[1:])


def missing(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Say 404."""
    _send(handler, 404, b"<html>no such file</html>")


def broken(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Say 500."""
    _send(handler, 500, b"")


def silent(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Send half and keep the connection open for longer than the tests' time limit."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    time.sleep(1.5)


def slow(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Send the file in two seconds."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    for k in range(20):
        handler.wfile.write(body[k * len(body) // 20 : (k + 1) * len(body) // 20])
        time.sleep(0.1)


@dataclass
class Site:
    """The server's address, its files, how it answers the next requests of a path, and what was asked."""

    address: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict)
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def add(self, path: str, body: bytes, *replies: Reply) -> str:
        """Put a file there; each reply serves one request, the last one all that follow."""
        self.bodies[path], self.replies[path] = body, list(replies or (right,))
        return f"{self.address}/{path}"


@contextlib.contextmanager
def serve() -> Iterator[Site]:
    """Run the server in a thread."""
    here = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.strip("/")
            here.asked.append((path, self.headers.get("Range")))
            queue = here.replies.get(path, [missing])
            reply = queue.pop(0) if len(queue) > 1 else queue[0]
            with contextlib.suppress(ConnectionError):  # the client had enough
                reply(self, here.bodies.get(path, b""))

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield here
        server.shutdown()
        thread.join()


def empty_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache in `folder`, and no waiting between tries."""
    monkeypatch.setenv("LECTURELIB_DATA", str(folder / "cache"))
    monkeypatch.setattr(download, "WAITS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(download, "TIMEOUT", 0.5)
    return folder / "cache"


BODY = b"".join(b"%06d\n" % k for k in range(40_000))


def toy_entry(*urls: str, body: bytes = BODY) -> Entry:
    """A set of one file."""
    file = File("toy/toy.txt", hashlib.sha256(body).hexdigest(), len(body), urls)
    return Entry("toy", "A toy", "public domain", "nobody", "a test", "download", (file,))


def registered(monkeypatch: pytest.MonkeyPatch, *entries: Entry) -> None:
    """Let these be the registry's only sets."""
    monkeypatch.setattr(registry, "read", lambda: {entry.name: entry for entry in entries})


def with_files(entry: Entry, bodies: dict[str, bytes], urls: Callable[[str], tuple[str, ...]]) -> Entry:
    """The same set with other, smaller files, by path."""
    files = [File(path, hashlib.sha256(body).hexdigest(), len(body), urls(path)) for path, body in bodies.items()]
    return replace(entry, files=tuple(files))


def files_in(folder: Path) -> list[str]:
    """Every file below a folder, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())
