"""8a: the masking law, word by word; the loss, against PyTorch's."""

import pytest
import torch
from reference import corrupt, random_text
from torch.nn.functional import cross_entropy

from lecturelib.homework import close, has_shape, several


@pytest.mark.points(1)
def test_corrupted(student, generator):
    arguments = random_text(generator, special=0)
    found = several(student.corrupt(*arguments), 2, name="corrupt")
    close(found[0], corrupt(*arguments)[0], name="corrupted text")


@pytest.mark.points(1)
def test_targets(student, generator):
    arguments = random_text(generator, special=0)
    found = several(student.corrupt(*arguments), 2, name="corrupt")
    close(found[1], corrupt(*arguments)[1], name="targets")


@pytest.mark.points(1)
def test_special_words(student, generator):
    """Looks at special words, and at those that become [MASK]."""
    arguments = random_text(generator, special=3)
    expected, found = corrupt(*arguments), several(student.corrupt(*arguments), 2, name="corrupt")
    shown = (arguments[0] < 3) | (arguments[4] < 0.8)
    for name, got, right in zip(("corrupted text", "targets"), found, expected, strict=True):
        has_shape(got, tuple(right.shape), name=name)
        close(got[shown], right[shown], name=f"{name}, with special words")


@pytest.mark.points(1)
def test_loss(student, generator):
    logits = 2 * torch.randn(5, 7, 9, generator=generator)
    targets = torch.randint(9, (5, 7), generator=generator)
    targets[torch.rand(5, 7, generator=generator) < 0.6] = -100
    targets[0], targets[1, 0] = -100, 3
    expected = cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)
    close(student.masked_loss(logits, targets), expected, name="masked_loss")
    nothing = torch.full_like(targets, -100)
    close(student.masked_loss(logits, nothing), torch.tensor(0.0), name="masked_loss where nothing was selected")
