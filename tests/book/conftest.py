"""The site, built once for all tests of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site cold, any warning failing it, once for all processes, and return the folder of its pages."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    out, report = shared / "site", shared / "site.json"
    with FileLock(shared / "site.lock"):
        if not report.exists():
            command = ["make", "site", f"OUT={out}", f"BIN={Path(sys.executable).parent}", "ENV="]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
            end = f"{' '.join(command)}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
            report.write_text(json.dumps({"code": done.returncode, "end": end}))
    built = json.loads(report.read_text())
    assert built["code"] == 0, built["end"]
    return out / "_build" / "html"


@pytest.fixture(scope="session")
def pages(site: Path) -> list[Path]:
    """Return every page of the site but three: two only send the browser on, one has no theme."""
    root = {site / "index.html", site / "404.html", site / "book/api.html"}
    found = [p for p in sorted(site.rglob("*.html")) if "_static" not in p.parts and p not in root]
    assert len(found) >= 8, found
    return found
