"""The memory that a process and all its descendants use."""

import re
from collections.abc import Iterator
from pathlib import Path

SHARED_OUT = re.compile(rb"^Pss_(?:Anon|Shmem):\s+(\d+) kB", re.MULTILINE)  # each page counts once for all its users
RESIDENT = re.compile(rb"^Rss(?:Anon|Shmem):\s+(\d+) kB", re.MULTILINE)


def process_tree_bytes(pid: int) -> int:
    """Return the bytes that a process and its descendants use, not counting mapped files."""
    return sum(map(_used, _process_tree(pid)))


def may_exceed(pid: int, limit: int) -> bool:
    """Tell, at little cost, whether they could use more: what several share is counted for each of them."""
    return sum(_counted(other, "status", RESIDENT) for other in _process_tree(pid)) > limit


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
    return _counted(pid, "smaps_rollup", SHARED_OUT) or _counted(pid, "status", RESIDENT)  # the second is open to all


def _counted(pid: int, name: str, pattern: re.Pattern[bytes]) -> int:
    try:  # bytes: the process chooses its name, which need not be text
        found = pattern.findall(Path(f"/proc/{pid}/{name}").read_bytes())
    except OSError:
        return 0
    return sum(map(int, found)) * 1024
