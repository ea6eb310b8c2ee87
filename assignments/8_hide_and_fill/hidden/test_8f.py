"""8f: any order, against the library's network without a hidden layer."""

import pytest
import torch
from reference import completed, without_hidden_layer

from lecturelib.homework import close


def draw(generator, D):
    """Return images, an order and the weights of the given network."""
    A, B = 2 * torch.randn(2, D, D, generator=generator)
    x = torch.randint(2, (40, D), generator=generator).float()
    return x, torch.randperm(D, generator=generator), (A, B, torch.randn(D, generator=generator))


@pytest.mark.points(2)
def test_order(student, generator):
    for D in (5, 8):
        x, order, weights = draw(generator, D)
        right = without_hidden_layer(*weights).log_prob(x.double(), order)
        close(student.order_log_prob(x, order, *weights), right, name="order_log_prob", atol=1e-4)


@pytest.mark.points(2)
def test_complete(student, generator):
    for hidden in (3, 8):
        x, order, weights = draw(generator, 8)
        m = (torch.randperm(8, generator=generator) >= hidden).float()
        right, u = completed(x, m, order, torch.rand(40, 8, generator=generator), without_hidden_layer(*weights))
        close(student.complete(x, m, order, u, *weights), right, name=f"complete, {hidden} of 8 pixels hidden")
