"""Texts, character by character: all of Shakespeare, and Wikipedia with its markup."""

from functools import partial
from typing import Any

from torch import Tensor

from lecturelib.recipes.recipe import Budget, Published, Recipe
from lecturelib.recurrent import CharRNN

WINDOW = 128  # characters of a training example; backpropagation through time reaches no further
STREAMS = 16  # pieces into which the test text is cut, each read from the empty state


def windows(split: Any) -> Tensor:
    """Cut a text into windows: integers [windows, 128]; fewer than 128 characters at the end are left out."""
    text: Tensor = split.x
    return text[: len(text) // WINDOW * WINDOW].view(-1, WINDOW)


def build(train: Tensor, vocabulary_size: int, **sizes: Any) -> CharRNN:
    """Return a CharRNN; its input is given by the vocabulary alone."""
    return CharRNN(vocabulary_size, **sizes)


def nats_per_char(model: Any, x: Tensor, budget: Budget) -> Tensor:
    """Return the mean of -log p(x_i | x_{<i}) in nats per character, every window from the empty state."""
    log_prob: Tensor = model.log_prob(x)
    return -log_prob.mean() / x.shape[1]


def bits_per_char(model: Any, x: Tensor) -> float:
    """Return bits per character of the windows, joined to one text again, the state carried from each to the next."""
    text = x.flatten()
    return float(model.bits_per_char(text, streams=min(STREAMS, len(text))))


def language_model(
    name: str,
    title: str,
    dataset: str,
    vocabulary_size: int,
    cpu: Budget,
    gpu: Budget,
    paper: Budget | None = None,
    *published: Published,
) -> Recipe:
    """Return the recipe of a CharRNN on a text."""
    return Recipe(
        name=name,
        title=title,
        dataset=dataset,
        metric="test cross-entropy",
        unit="bits/char",
        published=published,
        budgets={
            "smoke": Budget(
                epochs=3,
                learning_rate=2e-2,
                minutes=0.1,
                batch_size=8,
                examples=100,
                clip=1.0,
                sizes={"hidden_size": 24},
            ),
            "cpu": cpu,
            "gpu": gpu,
            **({"paper": paper} if paper else {}),
        },
        build=partial(build, vocabulary_size=vocabulary_size),
        prepare=windows,
        loss=nats_per_char,
        measure=bits_per_char,
    )


def live(cell: str, learning_rate: float) -> Budget:
    """Return the run that a chapter does live, with a GPU or without."""
    return Budget(
        epochs=1,
        learning_rate=learning_rate,
        minutes=0.8,
        batch_size=16,
        examples=14_000,
        clip=1.0,
        sizes={"hidden_size": 128, "cell": cell},
    )


def one_layer(hidden_size: int, epochs: int, minutes: float) -> Budget:
    """Return the run whose weights are stored: one layer, trained on a CPU."""
    return Budget(
        epochs=epochs,
        learning_rate=4e-3,
        minutes=minutes,
        batch_size=32,
        clip=1.0,
        precision="bf16",
        sizes={"hidden_size": hidden_size},
    )


THREE_LAYERS = {"hidden_size": 512, "num_layers": 3}  # the lecture's network

SHAKESPEARE, MARKUP = 84, 121  # characters in the vocabularies of the two sets

RECIPES = (
    language_model(
        "lstm-shakespeare",
        "LSTM, Shakespeare",
        "shakespeare",
        SHAKESPEARE,
        live("lstm", 3e-2),
        one_layer(512, epochs=7, minutes=40),
    ),
    language_model(
        "rnn-shakespeare", "RNN, Shakespeare", "shakespeare", SHAKESPEARE, live("rnn", 8e-3), live("rnn", 8e-3)
    ),
    language_model(
        "lstm-3-layers-shakespeare",
        "LSTM of three layers, Shakespeare",
        "shakespeare",
        SHAKESPEARE,
        # Sees a twentieth of the text once: enough to test the code, not to compare with.
        Budget(
            epochs=1,
            learning_rate=2e-3,
            minutes=1,
            batch_size=32,
            examples=1800,
            clip=1.0,
            precision="bf16",
            sizes=THREE_LAYERS,
        ),
        # Four epochs overfit little, so there is no dropout. An hour and a half on one core.
        Budget(
            epochs=4,
            learning_rate=2e-3,
            minutes=100,
            batch_size=32,
            clip=1.0,
            precision="bf16",
            sizes=THREE_LAYERS,
        ),
    ),
    language_model(
        "lstm-wikipedia-markup",
        "LSTM, Wikipedia with its markup",
        "wikipedia-markup",
        MARKUP,
        live("lstm", 3e-2),
        one_layer(384, epochs=4, minutes=20),
        Budget(
            epochs=4,
            learning_rate=1e-3,
            minutes=600,
            batch_size=32,
            clip=1.0,
            precision="bf16",
            sizes={"hidden_size": 700, "num_layers": 7},
        ),
        Published(
            1.67,
            "Graves, 2013: seven layers of 700 cells, the first 100 MB of Wikipedia, validation",
            verified=True,
            comparable=False,
            ours="Ours is one layer, trained on a smaller sample of Wikipedia.",
        ),
    ),
)
