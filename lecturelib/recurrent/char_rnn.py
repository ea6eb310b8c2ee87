"""CharRNN: a density over texts, character by character.

Graves, "Generating Sequences With Recurrent Neural Networks", arXiv 1308.0850 (2013); Karpathy, "The Unreasonable
Effectiveness of Recurrent Neural Networks" (2015), whose 3 layers of 512 units are the lecture's.

    h_i = cell(h_{i-1}, one-hot x_i)            h_0 = 0
    p(x_{i+1} | x_{≤i}) = softmax(W_hy h_i + b_y)

The first character is not given: h_0 speaks of x_1 as h_i does of x_{i+1}, p(x_1) = softmax(b_y). So the probabilities
of all texts of one length add up to 1, and a state carried over from earlier text makes them conditional on it.

    >>> model = CharRNN(vocabulary_size=65, hidden=512, layers=3, dropout=0.5)
    >>> nats = model.log_prob(x)                          # x: integers [batch, time]; nats: [batch]
    >>> bits = model.bits_per_char(text)                  # text: integers [length], of any length
    >>> texts = model.sample(prompt, 200)                 # prompt: integers [batch, time]; [batch, time + 200]
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, dropout

from lecturelib import checks, sampling
from lecturelib.recurrent.lstm import LSTM
from lecturelib.recurrent.rnn import RNN, check_finite_number, check_indices

State = Tensor | tuple[Tensor, Tensor]


class CharRNN(nn.Module):
    """One-hot characters in, layers of an LSTM or RNN, a softmax over the next character out.

    The product of W_x and a one-hot vector is a column of W_x: it is looked up, which gives the same and is faster.

    Args:
        vocabulary_size: number of characters V.
        hidden: number of units of each layer.
        layers: number of layers.
        cell: "lstm" or "rnn".
        dropout: probability of zeroing a unit of any layer on its way up (not along time), while training.

    Raises:
        TypeError, ValueError: a size is no positive integer, `cell` is unknown, or `dropout` is no probability.

    """

    def __init__(
        self,
        vocabulary_size: int,
        hidden: int = 512,
        layers: int = 1,
        *,
        cell: Literal["lstm", "rnn"] = "lstm",
        dropout: float = 0.0,
    ) -> None:
        checks.positive_int("vocabulary_size", vocabulary_size)
        checks.one_of("cell", cell, ["lstm", "rnn"])
        super().__init__()
        self.vocabulary_size, self.hidden, self.dropout = vocabulary_size, hidden, dropout
        self.recurrent = (LSTM if cell == "lstm" else RNN)(vocabulary_size, hidden, layers, dropout=dropout)
        self.out = nn.Linear(hidden, vocabulary_size)

    def forward(
        self, x: Integer[Tensor, "batch time"], state: State | None = None
    ) -> tuple[Float[Tensor, "batch time vocabulary_size"], State]:
        """Return the logits of x_{i+1} given x_{≤i} for every i, and the state after `x`.

        Args:
            x: characters, as numbers from 0 to V - 1.
            state: as returned for the text before `x`; None where `x` is the beginning.

        Raises:
            TypeError, ValueError: an argument is not as described.

        """
        check_indices("x", x, self.vocabulary_size, "[batch, time]", self.out.weight)
        h, state = self.recurrent(x, state)
        return self._read_out(h), state

    def logits(
        self, x: Integer[Tensor, "batch time"], state: State | None = None
    ) -> tuple[Float[Tensor, "batch time vocabulary_size"], State]:
        """Return the logits of x_i given x_{<i} for every i, and the state after `x`; arguments as for `forward`.

        They are those of `forward` moved by one: the first comes from the state before any of `x` is read.

        Raises:
            TypeError, ValueError: as `forward`.

        """
        check_indices("x", x, self.vocabulary_size, "[batch, time]", self.out.weight)
        h, after = self.recurrent(x, state)
        return self._read_out(torch.cat([self._top(state, len(x))[:, None], h[:, :-1]], dim=1)), after

    def log_prob(self, x: Integer[Tensor, "batch time"], state: State | None = None) -> Float[Tensor, " batch"]:
        """log p(x) = Σ_i log p(x_i | x_{<i}) in nats, the first character included; arguments as for `forward`.

        With the `state` after some earlier text it is log p(x | that text).

        Raises:
            TypeError, ValueError: as `forward`.

        """
        return -_nats(self.logits(x, state)[0], x).sum(dim=1)

    @torch.no_grad()
    def bits_per_char(self, text: Integer[Tensor, " length"], *, streams: int = 1, chunk: int = 256) -> float:
        """-log₂ p(text) / length, without dropout.

        Args:
            text: characters, of any length and integer type.
            streams: cut the text into so many pieces and read them side by side, which is faster by about as much.
                Each piece is then predicted without those before it, which makes for a slightly larger value.
            chunk: characters of each piece in memory at once, the state being carried over; does not change the value.

        Raises:
            TypeError, ValueError: an argument is not as described, or there are more streams than characters.

        """
        check_indices("text", text, self.vocabulary_size, "[length]", self.out.weight)
        checks.integer_between("streams", streams, 1, len(text))
        checks.positive_int("chunk", chunk)
        rows = text[: len(text) // streams * streams].view(streams, -1)
        rest = text[rows.numel() :][None]  # too short to be shared out: read on from the last piece
        nats, state = 0.0, None
        with _evaluating(self):
            for x in rows.split(chunk, dim=1):
                logits, state = self.logits(x, state)
                nats += _nats(logits, x).sum(dtype=torch.float64).item()
            if rest.numel():
                nats -= self.log_prob(rest, _last(state)).item()
        return nats / len(text) / math.log(2)

    @torch.no_grad()
    def sample(
        self,
        prompt: Integer[Tensor, "batch time"],
        n: int,
        *,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Integer[Tensor, "batch length"]:
        """Return each prompt continued by `n` characters, x_i ~ p(x_i | x_{<i}), without dropout.

        The state is carried along, so that a character costs the same wherever it stands.

        Args:
            prompt: may have no characters: [batch, 0] starts from nothing.
            n: number of characters to draw.
            temperature: divides the logits; below 1 likely characters get likelier; 0 takes the likeliest.
            generator: its state alone decides what is drawn.

        Raises:
            TypeError, ValueError: an argument is not as described.

        """
        checks.positive_int("n", n)
        check_finite_number("temperature", temperature, "a finite number of at least 0")
        if temperature < 0:
            raise ValueError(f"temperature: expected a finite number of at least 0, got {temperature}")
        blank = isinstance(prompt, Tensor) and prompt.dim() == 2 and len(prompt) > 0 and prompt.shape[1] == 0
        if not blank:
            check_indices("prompt", prompt, self.vocabulary_size, "[batch, time]", self.out.weight)
        like = self.out.weight
        u = sampling.uniform((len(prompt), n), like=like, generator=generator)
        text = torch.cat([prompt.long(), prompt.new_zeros(u.shape, dtype=torch.long)], dim=1)
        with _evaluating(self):
            state = None if blank else self.recurrent(prompt)[1]
            for i, u_i in enumerate(u.T, start=prompt.shape[1]):
                p = _softmax(self._read_out(self._top(state, len(prompt))).to(u.dtype), temperature)
                text[:, i] = sampling.categorical(p, u_i)
                state = self.recurrent(text[:, i : i + 1], state)[1]
        return text

    def _read_out(self, h: Float[Tensor, "*shape hidden"]) -> Float[Tensor, "*shape vocabulary_size"]:
        logits: Tensor = self.out(dropout(h, self.dropout, self.training))
        return logits

    def _top(self, state: State | None, batch: int) -> Float[Tensor, "batch hidden"]:
        """h of the top layer in the state: what the next character is predicted from."""
        if state is None:
            return self.out.weight.new_zeros(batch, self.hidden)
        return (state[0] if isinstance(state, tuple) else state)[-1]


def detached(state: State) -> State:
    """Cut the state off from what led to it: gradients stop there (truncated backpropagation through time)."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()  # type: ignore[return-value]


def _last(state: State | None) -> State | None:
    """The state of the last example alone."""
    return tuple(part[:, -1:] for part in state) if isinstance(state, tuple) else state[:, -1:]  # type: ignore


def _nats(logits: Float[Tensor, "batch time options"], x: Integer[Tensor, "batch time"]) -> Float[Tensor, "batch time"]:
    """-log p(x_i | x_{<i}), in single precision at least."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    return cross_entropy(logits.transpose(1, 2), x.long(), reduction="none")


def _softmax(logits: Float[Tensor, "batch options"], temperature: float) -> Float[Tensor, "batch options"]:
    """softmax(logits / temperature), the limit for 0 included: differences this many times as large leave one 1."""
    return ((logits - logits.amax(dim=1, keepdim=True)) / max(temperature, 1e-30)).softmax(dim=1)


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Switch dropout off, and back to what it was."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)
