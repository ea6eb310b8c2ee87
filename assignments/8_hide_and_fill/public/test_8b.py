"""8b: one head of attention."""

import pytest
import torch

from lecturelib.homework import close, has_shape, several


@pytest.mark.points(2)
def test_attention(student, checked):
    """The first text of the checked values has no padding."""
    v = checked("8b")
    found = student.attention(v["q"][:1], v["k"][:1], v["v"][:1], v["not_padding"][:1])
    close(found, (v["weights"][:1], v["results"][:1]), name="attention")


@pytest.mark.points(1)
def test_large_scores(student):
    """Two words; the first key fits far better."""
    q, v = torch.tensor([[[1000.0], [0.0]]]), torch.tensor([[[3.0], [5.0]]])
    k, words = torch.tensor([[[1.0], [0.0]]]), torch.ones(1, 2, dtype=torch.bool)
    expected = torch.tensor([[[1.0, 0.0], [0.5, 0.5]]]), torch.tensor([[[3.0], [4.0]]])
    close(student.attention(q, k, v, words), expected, name="attention")


@pytest.mark.points(1)
def test_padding(student, checked):
    """The second text has three words; rows of padding are not compared."""
    v = checked("8b")
    found = student.attention(v["q"], v["k"], v["v"], v["not_padding"])
    weights, results = several(found, 2, name="attention")
    has_shape(weights, (2, 5, 5), name="weights")
    has_shape(results, (2, 5, 3), name="results")
    close(weights[1, :3, 3:], torch.zeros(3, 2), name="weights of padding", atol=0.0)
    close(weights[1, :3], v["weights"][1, :3], name="weights of a text with padding")
    close(results[1, :3], v["results"][1, :3], name="results of a text with padding")
