"""The masked language model on articles of Wikipedia, as words.

Its vocabulary is the 8,000 most frequent words of the training split, with the mark of a paragraph's end and a symbol
for all rarer words, which are read but never guessed. It stands in `data/wikipedia_words.json`, so that the stored
model can be used where the articles are not.

    >>> model = recipes.load_model("masked-lm-wikipedia")
    >>> model.fill("paris is the capital of [MASK]", top=5)
"""

import json
import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import torch
from torch import Tensor

from lecturelib.datasets import load
from lecturelib.paths import data_dir
from lecturelib.recipes.recipe import Budget, Recipe
from lecturelib.words.masked_lm import MaskedLM
from lecturelib.words.vocabulary import Vocabulary
from lecturelib.words.word2vec import Word2Vec

NAME, DATASET = "masked-lm-wikipedia", "wikipedia-2014"
RARE = "<rare>"
LENGTH = 64  # words a training example has
FIRST, EVERY = 3, 7  # which words of each example are hidden where models are compared: 3, 10, 17, …
PIECE = 256  # examples at once


@cache
def vocabulary() -> Vocabulary:
    """Return the words of the model and how often each came in the training split."""
    counts = json.loads((data_dir() / "wikipedia_words.json").read_text(encoding="utf-8"))
    return Vocabulary(counts, unknown=RARE)


@cache
def _symbols() -> Tensor:
    """For every word of the data set its number in `vocabulary`."""
    words: Any = load(DATASET).vocabulary
    return vocabulary().encode(words).int()


def windows(split: Any) -> Tensor:
    """Cut a split into texts of 64 words: int32 [windows, 64]; fewer at the end are left out."""
    x = _symbols()[split.x]
    return x[: len(x) // LENGTH * LENGTH].view(-1, LENGTH)


class Texts:
    """The rows of `x` as lists of words."""

    def __init__(self, x: Tensor) -> None:
        self.x = x

    def __iter__(self) -> Iterator[list[str]]:
        return map(vocabulary().decode, self.x)


def build(train: Any, passes: int = 0, **sizes: Any) -> MaskedLM:
    """Return a MaskedLM that knows how frequent the words are, and starts from vectors of word2vec.

    It takes a transformer a long time to find out which words are alike. CBOW does it in a minute.

    Args:
        train: texts; one alone is not enough to learn from, and leaves random vectors.
        passes: how often CBOW reads them; 0 leaves random vectors.
        sizes: of the model.

    """
    model = MaskedLM(vocabulary(), length=LENGTH, **sizes)
    with torch.no_grad():
        model.b.copy_((vocabulary().counts + 0.5).log() - math.log(float(vocabulary().counts.sum())))
        if passes and len(train) > 1:
            found = Word2Vec(model="cbow", dim=model.E.shape[1], epochs=passes, min_count=1).fit(Texts(train))
            vectors = found.vectors - found.vectors.mean(dim=0)
            # As large as the random ones, on the whole.
            model.E[vocabulary().encode(found.vocabulary)] = model.E.std() / vectors.std() * vectors
    return model


def nats_per_word(model: Any, x: Tensor, budget: Budget) -> Tensor:
    """Return the model's loss. In every other training step the texts are cut, so that short ones are learnt as well.

    Out of training the same words are selected each time.
    """
    if not model.training:
        value: Tensor = model.loss(x, torch.Generator().manual_seed(0))
        return value
    parts = (1, 1, 2, 4)[int(torch.randint(4, ()))]
    value = model.loss(x.reshape(len(x) * parts, -1))
    return value


def hidden(model: Any, x: Tensor) -> Tensor:
    """Return which words are hidden where models are compared: every seventh, the special ones excepted.

    The words beside a hidden one can be read, so that a model which reads only these is not at a disadvantage.
    """
    places = torch.zeros_like(x, dtype=torch.bool)
    places[:, FIRST::EVERY] = True
    places[:, -1] = False  # has no word on its right
    return places & model.ordinary[x.long()]


@torch.no_grad()
def guesses(model: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return of all hidden words of `x` their log-probability in nats and their rank among all words, from 0."""
    model.eval()
    log_p, rank = [], []
    for piece in x.split(PIECE):
        places = hidden(model, piece)
        y, w = model.log_prob(piece, places), piece[places].long()
        log_p.append(y.gather(1, w[:, None])[:, 0])
        rank.append((y > log_p[-1][:, None]).sum(dim=1))
    return torch.cat(log_p).double(), torch.cat(rank)


def perplexity(model: Any, x: Tensor) -> float:
    """Return exp(-mean log p) of the hidden words."""
    return math.exp(-float(guesses(model, x)[0].mean()))


def accuracy(model: Any, budget: str) -> dict[str, float]:
    """Return how many per cent of the hidden words of the test split are guessed right."""
    rank = guesses(model, windows(load(DATASET).test))[1]
    return {"accuracy": 100 * float((rank == 0).double().mean())}


def warm_up(progress: float) -> float:
    """Return the step size, relative to the largest: up to 1 within the first twentieth, then down to 0."""
    return min(20 * progress, (1 - progress) / 0.95)


RECIPES = (
    Recipe(
        name=NAME,
        title="masked language model, articles of Wikipedia",
        dataset=DATASET,
        metric="test perplexity of hidden words",
        unit="words",
        published=(),
        budgets={
            "smoke": Budget(
                epochs=10,
                learning_rate=1e-2,
                minutes=0.2,
                batch_size=8,
                examples=400,
                clip=1.0,
                sizes={"dim": 16, "heads": 2, "layers": 1},
            ),
            "cpu": Budget(
                epochs=3,
                learning_rate=2e-3,
                minutes=25,
                batch_size=32,
                examples=100_000,
                clip=1.0,
                precision="bf16",
                sizes={"dim": 128, "heads": 4, "layers": 3, "passes": 1, "share": 0.3},
            ),
            # Not run yet. Its weights would be too large to be stored with the package.
            "gpu": Budget(
                epochs=20,
                learning_rate=1e-3,
                minutes=60,
                batch_size=128,
                clip=1.0,
                precision="bf16",
                sizes={"dim": 256, "heads": 8, "layers": 6, "passes": 3},
            ),
        },
        build=build,
        prepare=windows,
        loss=nats_per_word,
        measure=perplexity,
        also=accuracy,
        schedule=warm_up,
    ),
)
