"""Draws by inversion, against the distribution function and against frequencies."""

import pytest
import torch

from lecturelib import sampling


def test_a_category_is_where_the_distribution_function_passes_u():
    p = torch.tensor([0.25, 0.0, 0.5, 0.25])
    u = torch.tensor([0.0, 0.2499, 0.25, 0.7499, 0.75, 0.9999])
    assert sampling.categorical(p.expand(6, 4), u).tolist() == [0, 0, 2, 2, 3, 3]


def test_rounding_never_leads_beyond_the_last_category():
    p = torch.full((1, 3), 0.3)
    assert sampling.categorical(p, torch.tensor([0.99])).item() == 2


def test_frequencies_follow_p_for_every_leading_shape():
    """Each count is within five standard deviations of its expectation."""
    p = torch.tensor([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]])
    n = 20_000
    u = sampling.uniform((n, 2), like=p, generator=torch.Generator().manual_seed(0))
    x = sampling.categorical(p, u)
    assert x.shape == (n, 2)
    counts = torch.stack([(x == k).sum(dim=0) for k in range(3)], dim=1)
    assert ((counts - n * p).abs() < 5 * (n * p * (1 - p)).sqrt()).all()


@pytest.mark.parametrize("draw", [sampling.uniform, sampling.normal])
def test_noise_repeats_with_its_generator_and_is_never_in_half_precision(plain_errors, draw):
    a, b, c = (
        draw((3, 4), like=torch.zeros(1, dtype=torch.bfloat16), generator=torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2)
    )
    assert a.dtype == torch.float32
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    assert draw((2,), like=torch.zeros(1, dtype=torch.float64)).dtype == torch.float64
    with pytest.raises(TypeError, match=r"^generator: expected a torch.Generator or None, got 1 \(int\)$"):
        draw((2,), like=a, generator=1)
