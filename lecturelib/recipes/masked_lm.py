"""The masked language model on articles of Wikipedia, with words as tokens.

Its vocabulary is the 8,000 most frequent words of the training split, with the mark of a paragraph's end and a symbol
for all rarer words, which are read but never predicted. It is in `data/wikipedia_words.json`, so that the stored model
can be used where the articles are not.

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
from lecturelib.recipes.recipe import Budget, Published, Recipe
from lecturelib.words.masked_lm import MaskedLM
from lecturelib.words.vocabulary import Vocabulary
from lecturelib.words.word2vec import Word2Vec

NAME, DATASET = "masked-lm-wikipedia", "wikipedia-2014"
RARE = "<rare>"
LENGTH = 64  # words per training example
FIRST, EVERY = 3, 7  # which words of each example are masked where models are compared: 3, 10, 17, …
EVAL_BATCH_SIZE = 256  # examples


@cache
def vocabulary() -> Vocabulary:
    """Return the words of the model with their counts in the training split."""
    counts = json.loads((data_dir() / "wikipedia_words.json").read_text(encoding="utf-8"))
    return Vocabulary(counts, unknown=RARE)


@cache
def _symbols() -> Tensor:
    """Return for every word of the data set its number in `vocabulary`."""
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


def build(train: Any, word2vec_epochs: int = 0, **sizes: Any) -> MaskedLM:
    """Return a MaskedLM that knows how frequent the words are, and starts from vectors of word2vec.

    A transformer takes long to learn which words are alike. CBOW does it in a minute.

    Args:
        train: texts; one alone is not enough to learn from, and leaves random vectors.
        word2vec_epochs: of CBOW; 0 leaves random vectors.
        sizes: of the model.

    """
    model = MaskedLM(vocabulary(), max_length=LENGTH, **sizes)
    with torch.no_grad():
        model.b.copy_((vocabulary().counts + 0.5).log() - math.log(float(vocabulary().counts.sum())))
        if word2vec_epochs and len(train) > 1:
            word2vec = Word2Vec(model="cbow", vector_size=model.E.shape[1], epochs=word2vec_epochs, min_count=1)
            found = word2vec.fit(Texts(train))
            vectors = found.vectors - found.vectors.mean(dim=0)
            # As large as the random ones, on the whole.
            model.E[vocabulary().encode(found.vocabulary)] = model.E.std() / vectors.std() * vectors
    return model


def nats_per_word(model: Any, x: Tensor, budget: Budget) -> Tensor:
    """Return the model's loss. In half of the training steps the texts are cut, so that short ones are learnt as well.

    In evaluation the same words are selected each time.
    """
    if not model.training:
        value: Tensor = model.loss(x, torch.Generator().manual_seed(0))
        return value
    parts = (1, 1, 2, 4)[int(torch.randint(4, ()))]
    value = model.loss(x.reshape(len(x) * parts, -1))
    return value


def masked_positions(model: Any, x: Tensor) -> Tensor:
    """Return which words are masked where models are compared: every seventh, unless it is special.

    The words beside a masked one can be read, so that a model which reads only these is not at a disadvantage.
    """
    masked = torch.zeros_like(x, dtype=torch.bool)
    masked[:, FIRST::EVERY] = True
    masked[:, -1] = False  # has no word on its right
    maskable: Tensor = model.maskable[x.long()]
    return masked & maskable


@torch.no_grad()
def predictions(model: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return for all masked words of `x` their log-probability in nats and their rank among all words, from 0."""
    model.eval()
    log_p, rank = [], []
    for piece in x.split(EVAL_BATCH_SIZE):
        masked = masked_positions(model, piece)
        y, w = model.log_prob(piece, masked), piece[masked].long()
        log_p.append(y.gather(1, w[:, None])[:, 0])
        rank.append(ranks(y, w))
    return torch.cat(log_p).double(), torch.cat(rank)


def ranks(scores: Tensor, w: Tensor) -> Tensor:
    """Return the rank of word `w` in each row of scores, from 0; of words with equal scores the more frequent is first.

    So a model that gives all words the same score is right only about the most frequent word.
    """
    own = scores.gather(1, w[:, None])
    before = torch.arange(scores.shape[1], device=scores.device) < w[:, None]
    return ((scores > own) | ((scores == own) & before)).sum(dim=1)


def perplexity(model: Any, x: Tensor) -> float:
    """Return exp(-mean log p) of the masked words."""
    return math.exp(-float(predictions(model, x)[0].mean()))


def accuracy(model: Any, budget: str) -> dict[str, float]:
    """Return the percentage of the masked words of the test split that are predicted right."""
    rank = predictions(model, windows(load(DATASET).test))[1]
    return {"accuracy": 100 * float((rank == 0).double().mean())}


def warmup_linear_decay(progress: float) -> float:
    """Return the learning rate relative to the largest: up to 1 within the first twentieth, then down to 0."""
    return min(20 * progress, (1 - progress) / 0.95)


RECIPES = (
    Recipe(
        name=NAME,
        title="masked language model, articles of Wikipedia",
        dataset=DATASET,
        metric="test perplexity of masked words",
        unit="words",
        published=(
            Published(
                79.6,
                "Devlin et al., NAACL 2019: BERT-base, mean over the tasks of GLUE, %",
                verified=True,
                comparable=False,
                ours="BERT is measured by what it can be fine-tuned to, ours, far smaller, by the words it predicts.",
            ),
        ),
        budgets={
            "smoke": Budget(
                epochs=10,
                learning_rate=1e-2,
                minutes=0.2,
                batch_size=8,
                examples=400,
                clip=1.0,
                sizes={"embedding_dim": 16, "num_heads": 2, "num_layers": 1},
            ),
            "cpu": Budget(
                epochs=3,
                learning_rate=2e-3,
                minutes=25,
                batch_size=32,
                examples=100_000,
                clip=1.0,
                precision="bf16",
                sizes={
                    "embedding_dim": 128,
                    "num_heads": 4,
                    "num_layers": 3,
                    "word2vec_epochs": 1,
                    "mask_probability": 0.3,
                },
            ),
            # Not run yet. Its weights would be too large to be stored with the package.
            "gpu": Budget(
                epochs=20,
                learning_rate=1e-3,
                minutes=60,
                batch_size=128,
                clip=1.0,
                precision="bf16",
                sizes={"embedding_dim": 256, "num_heads": 8, "num_layers": 6, "word2vec_epochs": 3},
            ),
        },
        build=build,
        prepare=windows,
        loss=nats_per_word,
        measure=perplexity,
        extra_metrics=accuracy,
        schedule=warmup_linear_decay,
    ),
)
