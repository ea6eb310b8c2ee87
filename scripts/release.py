"""Give the book a version: `python scripts/release.py 0.2.0`, on a clean main, then commit, tag and push.

It writes the version into `lecturelib/__init__.py`, from which the wheel takes it, and CITATION.cff, moves what
CHANGELOG.md has under "Unreleased" below the version and its date, and lets the first cell of every notebook install
just that version. The tag starts `.github/workflows/release.yml`. After a release, `python scripts/release.py
0.3.0.dev0` lets notebooks install the main branch again, and leaves the rest as it is.
"""

import argparse
import datetime
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from packaging.version import InvalidVersion, Version

from lecturelib.install import requirement
from lecturelib.notebooks import normalise, read

ROOT = Path(__file__).resolve().parents[1]
VERSION = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
INSTALLED = re.compile(r'(%pip install --quiet )"lecturelib(?:\[(\w+)\])?(?: @ git\+|==)[^"]*"')


def changes(root: Path, new: Version, date: str) -> dict[Path, str]:
    """Return the new contents of the files that a version changes.

    Raises:
        ValueError: the version is not above the present one, or the change log has nothing about it.

    """
    package = root / "lecturelib/__init__.py"
    source = package.read_text(encoding="utf-8")
    (old,) = VERSION.findall(source)
    if new <= Version(old):
        raise ValueError(f"version: expected one above {old}, got {new}")
    contents = {package: VERSION.sub(f'__version__ = "{new}"', source)}
    if not new.is_devrelease:
        log, citation = root / "CHANGELOG.md", root / "CITATION.cff"
        head, mark, rest = log.read_text(encoding="utf-8").partition("## Unreleased\n")
        if not mark or not rest.partition("\n## ")[0].strip():
            raise ValueError(f"{log}: expected what is new under '## Unreleased', got nothing")
        contents[log] = f"{head}{mark}\n## {new}, {date}\n{rest}"
        text = re.sub(r"(?m)^version: .*$", f"version: {new}", citation.read_text(encoding="utf-8"))
        contents[citation] = re.sub(r"(?m)^date-released: .*$", f"date-released: {date}", text)
    for path in sorted([*root.glob("book/**/*.ipynb"), *root.glob("assignments/*/student.ipynb")]):
        notebook = read(path)
        for cell in notebook.cells:
            if cell.cell_type == "code" and INSTALLED.search(cell.source):
                cell.source = INSTALLED.sub(
                    lambda found: f'{found[1]}"{requirement(found[2] or "", str(new))}"', cell.source
                )
        if path.parent.parent.name != "assignments":  # whose cells keep their names
            normalise(notebook)
        contents[path] = nbformat.writes(notebook) + "\n"
    return contents


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Write all files, or none."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version")
    parser.add_argument("--date", default=datetime.date.today().isoformat(), help="of the release; today")
    parsed = parser.parse_args(arguments)
    try:
        contents = changes(root, Version(parsed.version), parsed.date)
    except (InvalidVersion, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    asides = {}
    for path, content in contents.items():
        asides[path] = path.with_name(f".{path.name}.release")
        asides[path].write_text(content, encoding="utf-8", newline="\n")
    for path, aside in asides.items():
        os.replace(aside, path)
    tag = f"; git tag v{parsed.version}; git push --tags" if ".dev" not in parsed.version else ""
    print(f"{len(contents)} files; now: make test; git commit -am 'release: {parsed.version}'{tag}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
