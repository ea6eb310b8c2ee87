"""Shapes and types are enforced in every test; plain errors where a test is about them."""

import os

import pytest
from jaxtyping import config, install_import_hook

install_import_hook("lecturelib", "typechecking.checked")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["LECTURELIB_QUIET"] = "1"
    config.addinivalue_line("markers", "needs_data(*names): skip, by name, where these data sets are absent")
    config.addinivalue_line("markers", "slow: left out of `make quick`")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests of absent data sets by name; fail them where LECTURELIB_REQUIRE_DATA=1."""
    for item in items:
        for mark in item.iter_markers("needs_data"):
            from lecturelib.datasets import available

            absent = [name for name in mark.args if not available(name)]
            if absent and os.environ.get("LECTURELIB_REQUIRE_DATA") != "1":
                item.add_marker(pytest.mark.skip(reason=f"data set absent: {', '.join(absent)}"))


@pytest.fixture
def plain_errors():
    """Switch jaxtyping off, so that a bad argument meets the library's own check, as it does for a user."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)
