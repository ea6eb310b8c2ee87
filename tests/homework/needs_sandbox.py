"""Skip what needs bubblewrap where it does not run; fail instead where LECTURELIB_REQUIRE_BWRAP=1."""

import os

import pytest

from lecturelib.homework.sandbox.process import problem

FAULT = problem()
REQUIRED = os.environ.get("LECTURELIB_REQUIRE_BWRAP") == "1"
needs_sandbox = pytest.mark.skipif(FAULT is not None and not REQUIRED, reason=str(FAULT))
