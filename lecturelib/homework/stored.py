"""What an earlier run found, and which parts are still current: each has a mark of all that it depends on."""

import hashlib
import hmac
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lecturelib.homework import cells, submissions
from lecturelib.homework.assignments import TEST_FILE, parts_in
from lecturelib.paths import PACKAGE

if TYPE_CHECKING:
    from lecturelib.homework.grade import Job


def marks(job: "Job") -> dict[str, str]:
    """Return, for each part, a digest of what its points depend on besides the submission.

    That is the seed, the limits, with or without a sandbox, the library, the stored values, the part's hidden tests and
    the files that hidden tests share.
    """
    digest = hashlib.sha256(hmac.digest(job.secret, b"mark", hashlib.sha256))
    digest.update(repr((sorted(asdict(job.limits).items()), job.unsafe)).encode())
    values = job.assignment.public / "checked.safetensors"
    shared = [path for path in job.assignment.hidden.glob("*.py") if not TEST_FILE.fullmatch(path.name)]
    for path in sorted([*shared, *PACKAGE.rglob("*.py"), *([values] * values.exists())]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    found = {}
    for part in parts_in(job.assignment.hidden):
        own = digest.copy()
        own.update((job.assignment.hidden / f"test_{part}.py").read_bytes())
        found[part] = own.hexdigest()
    return found


def earlier(out: Path, path: Path) -> dict[str, Any] | None:
    """Return an earlier report on the same bytes, or None."""
    try:
        stored = json.loads(submissions.report_path(out, path).read_text(encoding="utf-8"))
        digest = hashlib.sha256(cells.read_bytes(path)).hexdigest()
    except (OSError, ValueError):
        return None
    same = isinstance(stored, dict) and stored.get("digest") == digest and isinstance(stored.get("marks"), dict)
    return stored if same else None


def stale(stored: dict[str, Any] | None, current: dict[str, str]) -> list[str]:
    """Return the parts that have to be graded: all without an earlier report."""
    return [part for part, mark in current.items() if stored is None or stored["marks"].get(part) != mark]


def merged(
    stored: dict[str, Any] | None, result: dict[str, Any], parts: list[str], current: dict[str, str]
) -> dict[str, Any]:
    """Return the report after `parts` were graded; what was found about the others stays.

    Where the machine failed, earlier points stay, and the next run tries these parts again.
    """
    fresh = {part: current[part] for part in parts} if result["tried"] else {}
    if stored is None:
        return result | {"marks": fresh}
    kept = {part: mark for part, mark in stored["marks"].items() if part not in parts}
    if not result["tried"]:
        return stored | {"ended": f"{result['ended']}; the points are those of an earlier run", "marks": kept}
    order = list(current)
    rows = [row for row in stored["tests"] if row["part"] in order and row["part"] not in parts]
    fresh_rows = [row for row in result["tests"] if row["part"] in parts]  # where nothing ran, there are all
    rows = sorted([*rows, *fresh_rows], key=lambda row: order.index(row["part"]))  # a stable order within a part
    total = {name: sum(row[name] for row in rows) for name in ("points", "of")}
    return result | {"tests": rows, "marks": kept | fresh} | total
