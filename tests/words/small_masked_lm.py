"""A masked language model that is small and exact, for the tests of its parts."""

import torch

from lecturelib.words import MaskedLM

WORDS = ["the", "a", "river", "bank", "money", "flows", "pays", "and", "to", "in"]


def small(vocabulary, seed=0, **sizes):
    """A model in double precision."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return MaskedLM(vocabulary, **({"dim": 8, "heads": 2, "layers": 2, "length": 12} | sizes)).double()


def seeded(seed):
    return torch.Generator().manual_seed(seed)
