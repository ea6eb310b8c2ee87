"""What holds in every test, one thread a process among it, and the order in which several processes share the tests."""

import os
import shutil
import sys
from collections.abc import Iterator
from typing import Any

import longest
import pytest
from jaxtyping import config as jaxtyping_config
from jaxtyping import install_import_hook

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported, here and in every process that a test starts
install_import_hook("lecturelib", "typechecking.checked")
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # jsonschema would compile a grammar for IRIs with it


def pytest_configure(config: pytest.Config) -> None:
    os.environ["LECTURELIB_QUIET"] = "1"
    config.addinivalue_line("markers", "needs_data(*names): skip, by name, where these data sets are absent")
    config.addinivalue_line("markers", "slow: left out of `make quick`")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests of absent data sets by name; fail them where LECTURELIB_REQUIRE_DATA=1. The longest go first."""
    for item in items:
        for mark in item.iter_markers("needs_data"):
            from lecturelib.datasets import available

            absent = [name for name in mark.args if not available(name)]
            if absent and os.environ.get("LECTURELIB_REQUIRE_DATA") != "1":
                item.add_marker(pytest.mark.skip(reason=f"data set absent: {', '.join(absent)}"))
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: longest.rank(item.nodeid))  # those of one rank keep their order


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return longest.unit(nodeid)

    config.option.loadscopereorder = False
    return Scheduling(config, log)


@pytest.fixture
def plain_errors() -> Iterator[None]:
    """Switch jaxtyping off, so that a bad argument meets the library's own check, as it does for a user."""
    jaxtyping_config.update("jaxtyping_disable", True)
    yield
    jaxtyping_config.update("jaxtyping_disable", False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, started once a process; skip, by name, where it is absent; fail where LECTURELIB_REQUIRE_BROWSER=1."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None and os.environ.get("LECTURELIB_REQUIRE_BROWSER") != "1":
        pytest.skip("browser absent: chromium")
    assert program, "LECTURELIB_REQUIRE_BROWSER=1: expected chromium, got none; apt-get install chromium"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()
