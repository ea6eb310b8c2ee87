"""Ask every address of the registry for one byte, to see that it is there and the file as long as registered.

    python data/check_addresses.py

Prints a line for each that fails; the exit code tells whether any did. The checksums are tested by what downloads.
"""

import sys
from collections.abc import Callable

import requests

from lecturelib.datasets import registry


def problem(url: str, length: int) -> str | None:
    """Return what is wrong with a URL whose file should be `length` bytes long, or None."""
    try:
        headers = {"Range": "bytes=0-0", "Accept-Encoding": "identity"}
        with requests.get(url, headers=headers, timeout=30, stream=True) as answer:
            if not answer.ok:
                return f"HTTP {answer.status_code}"
            total = answer.headers.get("Content-Range", "").rpartition("/")[2]
            found = total if total.isdigit() else answer.headers.get("Content-Length", "")
    except requests.RequestException as error:
        return type(error).__name__
    return f"expected {length} bytes, got {found}" if found.isdigit() and int(found) != length else None


def main(address: Callable[[str], str] = str) -> int:
    """Check all addresses; `address` turns one into the one that is asked, for tests."""
    failed = 0
    for entry in registry.read().values():
        for file in [*entry.files, *([entry.archive] if entry.archive else [])]:
            for url in file.urls:
                reason = problem(address(url), file.bytes)
                if reason:
                    failed += 1
                    print(f"{entry.name}: {url}: {reason}")
    print(f"{failed} addresses failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
