"""7i: names, against the library's."""

import pytest
import torch

from lecturelib.homework import close
from lecturelib.words.tags import span_f1, spans


def drawn(generator, length):
    """Return tags at random: all that can follow each other do."""
    kinds = ["O", "B-person", "I-person", "B-place", "I-place"]
    return [kinds[k] for k in torch.randint(5, (length,), generator=generator).tolist()]


@pytest.mark.points(2)
def test_names(student, generator):
    for length in (4, 30, 60):
        tags = drawn(generator, length)
        expected = sorted(spans(tags), key=lambda name: name[1])
        got = student.names_of(tags)
        assert isinstance(got, list | tuple), "names_of: expected a list of tuples, got something else"
        for one, other in zip(got, expected, strict=False):
            around = " ".join(tags[max(0, other[1] - 1) : other[2] + 1])
            close(one, other, name=f"the name in ... {around} ...")
        close(len(got), len(expected), name="the number of names")


@pytest.mark.points(1)
def test_f1(student, generator):
    names, found = [], []
    while abs(len(names) - len(found)) < 2:  # where precision and recall are nearly equal, so is any mean of them
        true, given = drawn(generator, 40), drawn(generator, 40)
        given = [
            tag if keep else other
            for tag, other, keep in zip(true, given, (torch.rand(40, generator=generator) < 0.8).tolist(), strict=True)
        ]
        names, found = (sorted(spans(tags), key=lambda name: name[1]) for tags in (true, given))
    close(student.f1(names, found), span_f1([true], [given]), name="f1")
    close(student.f1(names, [("time", *name[1:]) for name in names]), 0.0, name="f1 where no name is right")
