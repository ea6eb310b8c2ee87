"""7a: counts, and the likeliest table."""

import pytest
import torch

from lecturelib.homework import close, has_shape


@pytest.mark.points(1)
def test_counts(student, checked):
    v = checked("7a")
    close(student.ngram_counts(v["words"], 5, 2), v["counts"], name="ngram_counts(words, 5, 2)")
    close(student.ngram_counts(v["words"], 5, 3), v["triples"], name="ngram_counts(words, 5, 3)")


@pytest.mark.points(1)
def test_maximum_likelihood(student, checked):
    v = checked("7a")
    close(student.maximum_likelihood(v["counts"]), v["p"], name="maximum_likelihood")


@pytest.mark.points(1)
def test_contexts_that_never_occurred(student, checked):
    counts = checked("7a")["triples"]
    p = student.maximum_likelihood(counts)
    has_shape(p, (5, 5, 5), name="maximum_likelihood")
    empty = counts.sum(dim=-1) == 0
    close(p[empty], torch.full((int(empty.sum()), 5), 0.2), name="the empty rows of p")
