"""9c: classifiers of raw features, against standardised ones; accuracy with ties, by counting."""

import pytest
import torch

from lecturelib.homework import close, has_shape, several


def drawn(generator, K, d):
    return [torch.randn(*shape, generator=generator, dtype=torch.double) for shape in ((K, d), (K,))]


@pytest.mark.points(2)
def test_raw_features(student, generator):
    """The logits of other data are those of the standardised features."""
    W, b = drawn(generator, 4, 5)
    scale = 0.1 + 5 * torch.rand(5, generator=generator, dtype=torch.double)
    train, other = (scale * torch.randn(N, 5, generator=generator, dtype=torch.double) + 3 for N in (12, 9))
    raw_W, raw_b = several(student.for_raw_features(W, b, train), 2, name="for_raw_features")
    has_shape(raw_W, (4, 5), name="W'")
    has_shape(raw_b, (4,), name="b'")
    right = (other - train.mean(dim=0)) / train.std(dim=0) @ W.T + b
    close(raw_W, W / train.std(dim=0), name="W'")
    close(other @ raw_W.double().T + raw_b, right, name="the logits of other data, z @ W'.T + b'", rtol=1e-3)


@pytest.mark.points(1)
def test_constant_features(student, generator):
    """The features that vary have the mean 0."""
    W, b = drawn(generator, 3, 4)
    train = torch.randn(6, 4, generator=generator, dtype=torch.double)
    train = torch.cat([train, -train])
    train[:, [0, 2]] = torch.randint(2, 9, (2,), generator=generator).double()
    raw_W, raw_b = several(student.for_raw_features(W, b, train), 2, name="for_raw_features")
    has_shape(raw_W, (3, 4), name="W'")
    close(raw_W[:, [0, 2]], torch.zeros(3, 2), name="the weights W' of features that are constant")
    close(raw_b, b, name="b', where the mean of all features that vary is 0")


@pytest.mark.points(2)
def test_ties(student, generator):
    for K, values in ((3, 2), (6, 3), (4, 1)):
        logits = torch.randint(values, (30, K), generator=generator).double()
        c = torch.randint(K, (30,), generator=generator)
        credit = 0.0
        for row, y in zip(logits.tolist(), c.tolist(), strict=True):
            best = [k for k in range(K) if row[k] == max(row)]
            credit += (y in best) / len(best)
        close(student.expected_accuracy(logits, c), credit / 30, name="expected_accuracy")
