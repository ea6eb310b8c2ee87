"""`python -m lecturelib.editions archive SITE FILE`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lecturelib.editions import pack


def main(arguments: Sequence[str] | None = None) -> int:
    """Make one edition and return the exit code; a foreseen error is one line on stderr and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m lecturelib.editions")
    kinds = parser.add_subparsers(required=True, metavar="EDITION")
    archive = kinds.add_parser("archive", help="the whole site as one file, with its checksum")
    archive.add_argument("site", type=Path, help="the folder of the built site")
    archive.add_argument("file", type=Path, help="the archive to write")
    archive.set_defaults(make=lambda parsed: f"SHA-256 {pack(parsed.site, parsed.file)}")
    parsed = parser.parse_args(arguments)
    try:
        said = parsed.make(parsed)
    except (ValueError, RuntimeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{parsed.file}: {parsed.file.stat().st_size / 2**20:.1f} MiB, {said}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
