"""9d: labels of patches, against the library's grid; exemplars, against their classifier."""

import math

import pytest
import torch
from torch import nn

from lecturelib.augment import patch_pairs
from lecturelib.homework import close
from lecturelib.pretext import Exemplar

AROUND = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


@pytest.mark.points(2)
def test_directions(student, generator):
    """Patches of the library, from images whose pixels say where they are."""
    for side, gap, jitter in ((5, 2, 1), (8, 4, 2), (3, 0, 0)):
        edge = 3 * side + 2 * gap + 2 * jitter + 4
        where = torch.arange(edge) / 1024
        images = torch.stack([where[:, None].expand(edge, edge), where[None].expand(edge, edge)]).repeat(40, 1, 1, 1)
        x1, x2, y = patch_pairs(images, patch=side, pitch=side + gap, jitter=jitter, generator=generator)
        first, second = ((1024 * x[:, :, 0, 0]).round().long() for x in (x1, x2))
        close(student.directions(first, second, side, gap), y, name=f"directions, side {side}, gap {gap}")


@pytest.mark.points(1)
def test_pairs(student, generator):
    rows, columns = torch.randint(2, 6, (2,), generator=generator).tolist()
    for height, width in ((rows, columns + 1), (1, columns), (rows, 1)):
        right = []
        for cell in range(height * width):
            for other in range(height * width):
                step = other // width - cell // width, other % width - cell % width
                if step in AROUND:
                    right.append((cell, other, AROUND.index(step)))
        close(student.pairs_of_grid(height, width), torch.tensor(right), name=f"pairs_of_grid({height}, {width})")


@pytest.mark.points(1)
def test_blind(student, generator):
    for values in (3, 6):
        known, labels = torch.randint(values, (60,), generator=generator), torch.randint(8, (60,), generator=generator)
        found = list(zip(known.tolist(), labels.tolist(), strict=True))
        right = sum(max(found.count((k, label)) for label in range(8)) for k in range(values))
        close(student.blind_accuracy(known, labels), right / 60, name="blind_accuracy")


@pytest.mark.points(1)
def test_exemplar(student, generator):
    """With the library's classifier of features that its normalisation leaves as they are."""
    for images, copies, d in ((5, 3, 4), (3, 6, 2)):
        encoder = nn.Flatten()
        encoder.out_features = d
        model = Exemplar(encoder, images).requires_grad_(False).eval()
        model.classifier[0].eps = 0.0
        h = torch.rand(images * copies, d, generator=generator)
        V, b = torch.randn(images, d, generator=generator), torch.randn(images, generator=generator)
        model.classifier[1].weight.copy_(V)
        model.classifier[1].bias.copy_(b)
        log_p = model.logits(h.view(-1, d, 1, 1)).double().log_softmax(dim=1)
        right = -sum(log_p[k, k // copies].item() for k in range(len(h))) / len(h)
        close(student.exemplar_loss(h, V, b), right, name="exemplar_loss")


@pytest.mark.points(2)
def test_least_loss(student, generator):
    """The entropy of the image, given what its copy looks like."""
    for images, looks in ((4, 6), (7, 3)):
        p = torch.rand(images, looks, generator=generator).double()
        p[torch.rand(images, looks, generator=generator) < 0.4] = 0
        p[torch.arange(images), torch.arange(images) % looks] += 0.2
        p[torch.arange(looks) % images, torch.arange(looks)] += 0.2
        p = p / p.sum(dim=1, keepdim=True)
        right = 0.0
        for v in range(looks):
            total = sum(p[:, v].tolist())
            right += sum(-q / images * math.log(q / total) for q in p[:, v].tolist() if q > 0)
        close(student.least_exemplar_loss(p.float()), right, name="least_exemplar_loss")
