"""Collect what was handed in: from folders or archives as Canvas, Moodle, Gradescope, otter and nbgrader lay them out.

STUDENT/*.ipynb, STUDENT/*.zip             folders, Moodle's download, otter's exported archives
STUDENT/ASSIGNMENT/*.ipynb, timestamp.txt  nbgrader's folder `submitted`
submission_NUMBER/*.ipynb                  Gradescope's export, with names and times in submission_metadata.yml
*.ipynb, *.zip                             Canvas's download, or one file a student
any of these in one archive (.zip)
"""

import os
import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from lecturelib.homework import cells, report
from lecturelib.homework.final import read_csv
from lecturelib.homework.submissions import HANDED_IN, shown_name, student_of

OTTER_TIME = re.compile(r"_(\d{4})_(\d\d)_(\d\d)T(\d\d)_(\d\d)_(\d\d)(?:_\d+)?$")  # at the end of an archive's name
YAML_NAME = re.compile(r"^ {2}- :name: *(.*)$")
YAML_TIME = re.compile(r"^ {2}:created_at: *(.*)$")  # deeper ones are those of earlier files
METADATA = "submission_metadata.yml"
MOST_FILES = 20_000  # in an archive
COLUMNS = ["submission", "student", "handed in", "from"]


@dataclass(frozen=True)
class LeftOut:
    """What is not collected, and why."""

    text: str


@dataclass(frozen=True)
class Found:
    """A notebook that was handed in."""

    student: str
    name: str  # of the copy
    data: bytes
    time: datetime
    source: str  # of the time


def collect(source: Path, folder: Path, assignment: str = "") -> tuple[int, list[str]]:
    """Copy all notebooks into one folder, and write who handed them in and when to `handed-in.csv`; follow no link.

    Args:
        source: a folder or an archive in one of the layouts above.
        folder: to copy into; what has the same name there is written over.
        assignment: of nbgrader's assignments, the one to take, where a student has several.

    Returns:
        How many were copied, and what was not, with the reason.

    Raises:
        ValueError: there is no such folder or archive.

    """
    if source.is_file() and zipfile.is_zipfile(source):
        with tempfile.TemporaryDirectory() as name:
            _unpack(source, Path(name))
            return collect(Path(name), folder, assignment)
    if not source.is_dir():
        raise ValueError(f"source: expected a folder with a folder for each student, or a zip, got {str(source)!r}")
    inside = [path for path in source.iterdir() if not path.name.startswith((".", "__MACOSX"))]
    if len(inside) == 1 and inside[0].is_dir() and not inside[0].is_symlink() and (inside[0] / METADATA).is_file():
        source = inside[0]
    people = _gradescope(source / METADATA)
    folder.mkdir(parents=True, exist_ok=True)
    known = {row["submission"]: row for row in read_csv(folder / HANDED_IN)} if (folder / HANDED_IN).is_file() else {}
    copied, refused = 0, []
    for found in _walk(source, people, assignment):
        if isinstance(found, LeftOut):
            refused.append(found.text)
            continue
        path = folder / found.name
        path.unlink(missing_ok=True)  # a link there is not written through
        path.write_bytes(found.data)
        os.utime(path, (found.time.timestamp(), found.time.timestamp()))
        values = shown_name(path), found.student, found.time.isoformat(timespec="seconds"), found.source
        known[values[0]] = dict(zip(COLUMNS, values, strict=True))
        copied += 1
    if copied:
        report.write_csv([COLUMNS, *([row.get(c, "") for c in COLUMNS] for row in known.values())], folder / HANDED_IN)
    return copied, refused


def _walk(source: Path, people: dict[str, tuple[str, datetime | None]], assignment: str) -> Iterator[Found | LeftOut]:
    """Give what each entry of the folder holds."""
    for path in sorted(source.iterdir(), key=os.fsencode):
        if path.name.startswith(".") or path.name in ("__MACOSX", METADATA, HANDED_IN):
            continue
        if path.is_dir() and not path.is_symlink():
            student, time = people.get(path.name, (student_of(path.name), None))
            first = student if path.name in people else path.name
            yield from _student(path, student, first, time, assignment)
        elif path.suffix in (".ipynb", ".zip") and not path.is_symlink():
            yield from _files([path], student_of(OTTER_TIME.sub("", path.stem)), "", None, "")
        else:
            yield LeftOut(f"{path.name}: not a folder, a notebook or a zip")


def _student(
    folder: Path, student: str, first: str, time: datetime | None, assignment: str
) -> Iterator[Found | LeftOut]:
    """Give the notebooks of a student's folder, or of the folder of one assignment in it (nbgrader)."""
    paths = [path for path in sorted(folder.iterdir(), key=os.fsencode) if path.suffix in (".ipynb", ".zip")]
    if paths and not assignment:
        yield from _files(paths, student, first, time, "Gradescope")
        return
    inner = [path for path in sorted(folder.iterdir(), key=os.fsencode) if path.is_dir() and not path.is_symlink()]
    inner = [path for path in inner if path.name == assignment or (not assignment and any(path.glob("*.ipynb")))]
    if len(inner) > 1:
        names = ", ".join(path.name for path in inner)
        raise ValueError(f"--name: expected one of {names}, got none; {folder.name} has several")
    if not inner:
        yield LeftOut(f"{folder.name}: no notebook")
    for path in inner:
        stamp = path / "timestamp.txt"
        when = _nbgrader_time(stamp.read_text(encoding="utf-8", errors="replace")) if _is_file(stamp) else None
        yield from _files(sorted(path.glob("*.ipynb")), student, first, when, "nbgrader")


def _files(
    paths: list[Path], student: str, first: str, time: datetime | None, system: str
) -> Iterator[Found | LeftOut]:
    for path in paths:
        told = f"{first}/{path.name}" if first else path.name
        start = f"{first}-" if first else ""
        if not _is_file(path):
            yield LeftOut(f"{told}: a link, or not a file")
            continue
        changed = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        try:
            if path.suffix == ".ipynb":
                when, origin = (time, system) if time else (changed, "file")
                yield Found(student, _safe(start + path.name), cells.read_bytes(path), when, origin)
            else:
                stamp = OTTER_TIME.search(path.stem)
                local = datetime(*map(int, stamp.groups())).astimezone() if stamp else changed  # type: ignore[arg-type]
                when, origin = (time, system) if time else (local, "otter" if stamp else "file")
                name, data = _exported(path)
                yield Found(student, _safe((start or f"{student}-") + name), data, when, origin)
        except (ValueError, OSError, zipfile.BadZipFile) as error:
            yield LeftOut(f"{told}: {error}")


def _safe(name: str) -> str:
    """Return a name without a folder in it."""
    return name.replace("/", "_").replace("\0", "_").lstrip(".")


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _exported(path: Path) -> tuple[str, bytes]:
    """Return name and bytes of the only notebook in a student's archive.

    Raises:
        ValueError: it holds none or several, or one that is too large.

    """
    with zipfile.ZipFile(path) as archive:
        names = [i for i in archive.infolist() if i.filename.endswith(".ipynb") and "__MACOSX" not in i.filename]
        if len(names) != 1:
            raise ValueError(f"expected one notebook in the archive, got {len(names)}")
        return PurePosixPath(names[0].filename).name, _bytes(archive, names[0])


def _bytes(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as file:  # what the entry says about its size may be wrong
        data = file.read(cells.MAX_FILE + 1)
    if len(data) > cells.MAX_FILE:
        raise ValueError(f"expected at most {cells.MAX_FILE // 10**6} MB, got a larger file")
    return data


def _unpack(source: Path, folder: Path) -> None:
    """Unpack the files of an archive that count; a link in it becomes a file with the link's text."""
    with zipfile.ZipFile(source) as archive:
        entries = [e for e in archive.infolist() if not e.is_dir()]
        if len(entries) > MOST_FILES:
            raise ValueError(f"source: expected an archive of at most {MOST_FILES} files, got {len(entries)}")
        for entry in entries:
            inside = PurePosixPath(entry.filename.replace("\\", "/"))
            counts = inside.suffix in (".ipynb", ".zip") or inside.name in ("timestamp.txt", METADATA)
            if not counts or inside.is_absolute() or ".." in inside.parts:
                continue
            path = folder / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_bytes(archive, entry))
            time = datetime(*entry.date_time).timestamp()
            os.utime(path, (time, time))


def _nbgrader_time(text: str) -> datetime | None:
    """Return the time in nbgrader's timestamp.txt: `2026-09-21 20:15:00.000000 UTC`, or another zone."""
    stamp, _, zone = text.strip().rpartition(" ")
    try:
        time = datetime.fromisoformat(stamp)
        return time if time.tzinfo else time.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone))
    except (ValueError, KeyError, OSError):
        return None


def _gradescope(path: Path) -> dict[str, tuple[str, datetime | None]]:
    """Return the names of the submitters and the time of each folder in Gradescope's export.

    Its YAML is regular: `submission_1:` begins a folder, `  - :name: Ada` a submitter, `  :created_at: ...` its time.
    """
    found: dict[str, tuple[str, datetime | None]] = {}
    names: list[str] = []
    time: datetime | None = None
    current = ""
    for line in path.read_text(encoding="utf-8").splitlines() if _is_file(path) else []:
        if line.startswith("submission_"):
            current, names, time = line.rstrip().rstrip(":"), [], None
        elif match := YAML_NAME.match(line):
            names.append(match[1].strip().strip("'\""))
        elif match := YAML_TIME.match(line):
            time = _gradescope_time(match[1].strip().strip("'\""))
        if current:
            found[current] = (" and ".join(names) or current, time)
    return found


def _gradescope_time(text: str) -> datetime | None:
    match = re.match(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)? ?(Z|([+-]\d\d):?(\d\d))?$", text)
    if match is None:
        return None
    zone = UTC if match[4] is None else timezone(timedelta(hours=int(match[4]), minutes=int(match[4][0] + match[5])))
    return datetime.fromisoformat(f"{match[1]}T{match[2]}").replace(tzinfo=zone)
