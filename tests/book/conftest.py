"""The site, built once for all tests of it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site cold, any warning failing it, and return the folder of its pages."""
    out = tmp_path_factory.mktemp("site")
    began = time.monotonic()
    command = ["make", "site", f"OUT={out}", f"BIN={Path(sys.executable).parent}", "ENV="]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    print(f"site built in {time.monotonic() - began:.0f} s (aim: at most 60 s on two idle cores)")
    return out / "_build" / "html"


@pytest.fixture(scope="session")
def pages(site: Path) -> list[Path]:
    """Return every page of the site; the root's index.html only sends the browser on to book/index.html."""
    found = [p for p in sorted(site.rglob("*.html")) if "_static" not in p.parts and p != site / "index.html"]
    assert len(found) >= 8, found
    return found
