"""A misbehaving server on loopback and an empty cache, for all tests of downloads."""

import pytest
from loopback import empty_cache, serve


@pytest.fixture
def site():
    with serve() as here:
        yield here


@pytest.fixture
def cache(tmp_path, monkeypatch):
    return empty_cache(tmp_path, monkeypatch)
