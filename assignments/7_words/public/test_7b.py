"""7b: cross-entropy, bits, perplexity."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_measures(student, checked):
    v = checked("7b")
    close(student.measures(v["p"]), (v["nats"].item(), v["bits"].item(), v["perplexity"].item()), name="measures")


@pytest.mark.points(1)
def test_long_text(student):
    """The product of so many probabilities is 0 in floating point."""
    got = student.measures(torch.full((3000,), 0.01))
    assert isinstance(got, tuple | list), "measures: expected 3 values, got something else"
    assert len(got) == 3, f"measures: expected 3 values, got {len(got)}"
    close(got[2], 100.0, name="the perplexity of 3,000 words", rtol=1e-3)
