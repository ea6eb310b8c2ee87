"""7c: Kneser-Ney."""

import pytest

from lecturelib.homework import close, has_shape


@pytest.mark.points(2)
def test_marginals(student, checked):
    """With the shorter model q, each word is expected as often as it occurs."""
    counts, D = checked("7c")["counts"], 0.75
    q = student.shorter_model(counts)
    has_shape(q, (4,), name="shorter_model")
    close(q.sum(), 1.0, name="the sum of shorter_model(counts)")
    words_after = (counts > 0).sum(dim=1, keepdim=True)
    model = ((counts - D).clamp(min=0).double() + D * words_after * q.double()).sum(dim=0)
    close(model, counts.sum(dim=0).double(), name="how often each word is expected, with shorter_model(counts) as q")


@pytest.mark.points(2)
def test_smoothed_table(student, checked):
    v = checked("7c")
    close(student.kneser_ney(v["counts"], 0.75, v["q"]), v["p"], name="kneser_ney")


@pytest.mark.points(1)
def test_contexts_that_never_occurred(student, checked):
    v = checked("7c")
    v["counts"][2] = 0
    p = student.kneser_ney(v["counts"], 0.75, v["q"])
    has_shape(p, (4, 4), name="kneser_ney")
    close(p[2], v["q"], name="the empty row of kneser_ney")
