"""7a: counts, against a walk through the text, and the likeliest table."""

from collections import Counter

import pytest
import torch

from lecturelib.homework import close, has_shape


@pytest.mark.points(1)
def test_counts(student, generator):
    for n, size, length in ((2, 6, 90), (3, 4, 70), (1, 5, 12)):
        words = torch.randint(size, (length,), generator=generator)
        expected = torch.zeros([size] * n, dtype=torch.long)
        for gram, count in Counter(zip(*(words[k:].tolist() for k in range(n)), strict=False)).items():
            expected[gram] = count
        close(student.ngram_counts(words, size, n), expected, name=f"ngram_counts(words, {size}, {n})")


@pytest.mark.points(1)
def test_maximum_likelihood(student, generator):
    for shape in ((5, 5), (4, 4, 4), (7,)):
        counts = torch.randint(1, 9, shape, generator=generator)
        p = counts.double() / counts.double().sum(dim=-1, keepdim=True)
        close(student.maximum_likelihood(counts), p, name="maximum_likelihood")


@pytest.mark.points(1)
def test_contexts_that_never_occurred(student, generator):
    for shape in ((6, 6), (4, 4, 4)):
        counts = torch.randint(9, shape, generator=generator)
        empty = torch.rand(shape[:-1], generator=generator) < 0.5
        empty[0], empty[1] = True, False
        counts[empty], counts[~empty] = 0, counts[~empty] + 1
        p = student.maximum_likelihood(counts)
        has_shape(p, shape, name="maximum_likelihood")
        close(p[empty], torch.full_like(counts[empty], 1, dtype=torch.float) / shape[-1], name="the empty rows of p")
