"""A masked language model that is small and exact, for the tests of its parts."""

import torch

from lecturelib.words import MaskedLM

WORDS = ["the", "a", "river", "bank", "money", "flows", "pays", "and", "to", "in"]


def small(vocabulary, seed=0, **sizes):
    """A model in double precision."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return MaskedLM(
            vocabulary, **({"embedding_dim": 8, "num_heads": 2, "num_layers": 2, "max_length": 12} | sizes)
        ).double()


def seeded(seed):
    return torch.Generator().manual_seed(seed)
