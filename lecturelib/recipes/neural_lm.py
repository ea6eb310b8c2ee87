"""The neural language model on the Brown corpus, in the split of Bengio, Ducharme, Vincent and Jauvin (2003).

As in the paper, words that occur at most 3 times in the whole corpus are merged into one symbol. That leaves 17,907
symbols, the marks of the ends of paragraphs and texts among them; the paper's 16,383 come from another way to split the
text into words. Perplexity depends on it: with more symbols there is a little more to guess.

    >>> text = merged(load("brown").test)       # integers [tokens]
    >>> brown_vocabulary().decode(text[:8])
"""

import math
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lecturelib.datasets import load
from lecturelib.recipes.recipe import Budget, Published, Recipe
from lecturelib.words.neural_lm import EVAL_BATCH_SIZE, NeuralLM, windows
from lecturelib.words.vocabulary import Vocabulary

JMLR = "Bengio et al., JMLR 3 (2003), Table 1"
ORDER = 5  # n: a word and the four before it
RARE = "<rare>"
FREQUENT = 4  # words that occur at least so often keep a symbol of their own
SYMBOLS = 17_907


@cache
def brown_vocabulary() -> Vocabulary:
    """Return the vocabulary of the Brown corpus, train, valid and test, with its rare words merged.

    Raises:
        DatasetError: the corpus can neither be found nor downloaded.

    """
    data = load("brown")
    words: Any = data.vocabulary
    counts = torch.cat([data.train.x, data.valid.x, data.test.x]).bincount(minlength=len(words))
    return Vocabulary(dict(zip(words, counts.tolist(), strict=True)), min_count=FREQUENT, unknown=RARE)


@cache
def _symbols() -> Tensor:
    """Return for every word of the data set the number of its symbol."""
    words: Any = load("brown").vocabulary
    return brown_vocabulary().encode(words)


def merged(split: Any) -> Tensor:
    """Return a split of Brown as symbols of `brown_vocabulary`: integers [tokens]."""
    return _symbols()[split.x]


def contexts(split: Any) -> Tensor:
    """Return every token of a split with the four before it: integers [tokens, 5]; -1 before the beginning."""
    return windows(merged(split), ORDER)


def build(train: Tensor, **sizes: Any) -> NeuralLM:
    """Return a NeuralLM whose output biases are the logarithms of the tokens' frequencies."""
    model = NeuralLM(SYMBOLS, order=ORDER, **sizes)
    counts = train[:, -1].long().bincount(minlength=SYMBOLS) + 0.5
    with torch.no_grad():
        model.b.copy_((counts / counts.sum()).log())
    return model


def nats_per_token(model: Any, x: Tensor, budget: Budget) -> Tensor:
    """Return the mean of -log p(w_t | the four tokens before) in nats per token."""
    return cross_entropy(model.logits(x[:, :-1]).float(), x[:, -1])


@torch.no_grad()
def log_prob(model: Any, x: Tensor) -> Tensor:
    """Return log p(w_t | the four tokens before) in nats, for every row of `x`; of a whole split, `model.log_prob`."""
    return torch.cat(
        [-cross_entropy(model.logits(p[:, :-1]), p[:, -1], reduction="none") for p in x.split(EVAL_BATCH_SIZE)]
    )


def perplexity(model: Any, x: Tensor) -> float:
    """Return exp(-mean log p) of the last tokens of all rows."""
    return math.exp(-float(log_prob(model, x).double().mean()))


RECIPES = (
    Recipe(
        name="neural-lm-brown",
        title="neural language model, 50 hidden units, Brown corpus",
        dataset="brown",
        metric="test perplexity",
        unit="words",
        published=(
            Published(
                276,
                f"{JMLR}: MLP9, 100 hidden units, alone",
                verified=True,
                ours="Ours has 50 hidden units, and chooses among 17,907 symbols instead of 16,383.",
            ),
        ),
        budgets={
            "smoke": Budget(
                epochs=3,
                learning_rate=2e-2,
                minutes=0.1,
                batch_size=100,
                examples=2000,
                sizes={"embedding_dim": 5, "hidden_size": 5},
            ),
            "cpu": Budget(
                epochs=1,
                learning_rate=5e-3,
                minutes=0.6,
                batch_size=256,
                examples=100_000,
                precision="bf16",
                sizes={"embedding_dim": 30, "hidden_size": 50},
            ),
            "gpu": Budget(
                epochs=2,  # a third makes the net alone worse on valid
                learning_rate=5e-3,
                minutes=6,
                batch_size=256,
                precision="bf16",
                sizes={"embedding_dim": 30, "hidden_size": 50},
            ),
            "paper": Budget(
                epochs=2,
                learning_rate=5e-3,
                minutes=12,
                batch_size=256,
                precision="bf16",
                sizes={"embedding_dim": 30, "hidden_size": 100},
            ),
        },
        build=build,
        prepare=contexts,
        loss=nats_per_token,
        measure=perplexity,
    ),
)
