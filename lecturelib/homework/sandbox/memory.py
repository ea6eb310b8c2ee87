"""The memory that a process and all its descendants use."""

import re
from collections.abc import Iterator
from pathlib import Path

SHARED_OUT = re.compile(r"^Pss_(?:Anon|Shmem):\s+(\d+) kB", re.MULTILINE)  # each page counts once for all its users
RESIDENT = re.compile(r"^Rss(?:Anon|Shmem):\s+(\d+) kB", re.MULTILINE)


def process_tree_bytes(pid: int) -> int:
    """Return the bytes that a process and its descendants use, not counting mapped files."""
    return sum(map(_used, _process_tree(pid)))


def _process_tree(pid: int) -> Iterator[int]:
    """The process, and what any of its threads has started."""
    yield pid
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = path.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _process_tree(int(child))


def _used(pid: int) -> int:
    """Return the bytes of a process's own and shared memory; 0 when it is gone."""
    for name, pattern in (("smaps_rollup", SHARED_OUT), ("status", RESIDENT)):  # the second is open to all
        try:
            found = pattern.findall(Path(f"/proc/{pid}/{name}").read_text())
        except OSError:
            continue
        if found:
            return sum(map(int, found)) * 1024
    return 0
