"""CharRNN: a density over texts, character by character.

Graves, "Generating Sequences With Recurrent Neural Networks", arXiv 1308.0850 (2013); Karpathy, "The Unreasonable
Effectiveness of Recurrent Neural Networks" (2015), whose 3 layers of 512 units are the lecture's.

    h_i = cell(h_{i-1}, one-hot x_i)            h_0 = 0
    p(x_{i+1} | x_{≤i}) = softmax(W_hy h_i + b_y)

The first character is predicted too, from h_0 as x_{i+1} is from h_i: p(x_1) = softmax(b_y). So the probabilities of
all texts of one length sum to 1, and a state carried over from earlier text makes them conditional on it.

    >>> model = CharRNN(vocabulary_size=65, hidden_size=512, num_layers=3, dropout=0.5)
    >>> nats = model.log_prob(x)                          # x: integers [batch, time]; nats: [batch]
    >>> bits = model.bits_per_char(text)                  # text: integers [length], of any length
    >>> texts = model.sample(prompt, 200)                 # prompt: integers [batch, time]; [batch, time + 200]
"""

import math
from typing import Literal

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, dropout

from lecturelib import checks, sampling
from lecturelib.modes import evaluating
from lecturelib.recurrent.common import check_indices
from lecturelib.recurrent.lstm import LSTM
from lecturelib.recurrent.rnn import RNN

State = Tensor | tuple[Tensor, Tensor]


class CharRNN(nn.Module):
    """One-hot characters in, layers of an LSTM or RNN, a softmax over the next character out.

    The product of W_x and a one-hot vector is a column of W_x, so it is looked up.

    Args:
        vocabulary_size: number of characters V.
        hidden_size: number of units of each layer.
        num_layers: number of layers.
        cell: "lstm" or "rnn".
        dropout: probability of zeroing an output of any layer, the last included, while training; not along time.

    Raises:
        TypeError, ValueError: a size is not a positive integer, `cell` is unknown, or `dropout` is not a probability.

    """

    def __init__(
        self,
        vocabulary_size: int,
        hidden_size: int = 512,
        num_layers: int = 1,
        *,
        cell: Literal["lstm", "rnn"] = "lstm",
        dropout: float = 0.0,
    ) -> None:
        checks.one_of("cell", cell, ["lstm", "rnn"])
        super().__init__()
        self.vocabulary_size = checks.positive_int("vocabulary_size", vocabulary_size)
        self.recurrent = (LSTM if cell == "lstm" else RNN)(vocabulary_size, hidden_size, num_layers, dropout=dropout)
        self.hidden_size, self.dropout = self.recurrent.hidden_size, self.recurrent.dropout
        self.out = nn.Linear(self.hidden_size, self.vocabulary_size)

    def forward(
        self, x: Integer[Tensor, "batch time"], state: State | None = None
    ) -> tuple[Float[Tensor, "batch time vocabulary_size"], State]:
        """Return the logits of x_{i+1} given x_{≤i} for every i, and the state after `x`.

        Args:
            x: characters, integers from 0 to V - 1 of any width.
            state: the state after the text before `x`; None where `x` is the beginning.

        Raises:
            TypeError, ValueError: `x` or `state` has another type, shape, dtype, device or range.

        """
        check_indices("x", x, self.vocabulary_size, "[batch, time]", self.out.weight)
        h, state = self.recurrent(x, state)
        return self._read_out(h), state

    def logits(
        self, x: Integer[Tensor, "batch time"], state: State | None = None
    ) -> tuple[Float[Tensor, "batch time vocabulary_size"], State]:
        """Return the logits of x_i given x_{<i} for every i, and the state after `x`; arguments as for `forward`.

        They are those of `forward` shifted by one step: the first comes from the state before any of `x` is read.
        """
        check_indices("x", x, self.vocabulary_size, "[batch, time]", self.out.weight)
        h, after = self.recurrent(x, state)
        return self._read_out(torch.cat([self._top(state, len(x))[:, None], h[:, :-1]], dim=1)), after

    def log_prob(self, x: Integer[Tensor, "batch time"], state: State | None = None) -> Float[Tensor, " batch"]:
        """Return log p(x) = Σ_i log p(x_i | x_{<i}) in nats, from the first character on; arguments as for `forward`.

        With the `state` after some earlier text it is log p(x | that text).
        """
        return -_nats(self.logits(x, state)[0], x).sum(dim=1)

    @torch.no_grad()
    def bits_per_char(self, text: Integer[Tensor, " length"], *, streams: int = 1, chunk: int = 256) -> float:
        """Return -log₂ p(text) / length, without dropout.

        Args:
            text: characters, of any length and integer type.
            streams: number of pieces into which the text is cut, read side by side: about as many times faster. Each
                piece is predicted without those before it, so the value is slightly larger.
            chunk: number of characters of each piece in memory at once; does not change the value.

        Raises:
            TypeError, ValueError: `text` is not as above, or there are more streams than characters.

        """
        check_indices("text", text, self.vocabulary_size, "[length]", self.out.weight)
        checks.integer_between("streams", streams, 1, len(text))
        checks.positive_int("chunk", chunk)
        rows = text[: len(text) // streams * streams].view(streams, -1)
        rest = text[rows.numel() :][None]  # what the pieces leave over continues the last of them
        nats, state = 0.0, None
        with evaluating(self):
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

        The state is carried along, so every character costs the same.

        Args:
            prompt: characters, at least one; or none for each, [batch, 0], to begin with the first.
            n: number of characters to draw.
            temperature: divides the logits; below 1 likely characters become likelier; 0 takes the likeliest.
            generator: its state alone decides what is drawn.

        Raises:
            TypeError, ValueError: `prompt` is not integers from 0 to V - 1, `n` is not a positive integer,
                `temperature` is negative or not finite, or `generator` is not one.

        """
        checks.positive_int("n", n)
        checks.number("temperature", temperature, low=0)
        blank = isinstance(prompt, Tensor) and prompt.dim() == 2 and len(prompt) > 0 and prompt.shape[1] == 0
        if not blank:
            check_indices("prompt", prompt, self.vocabulary_size, "[batch, time]", self.out.weight)
        like = self.out.weight
        u = sampling.uniform((len(prompt), n), like=like, generator=generator)
        text = torch.cat([prompt.long(), prompt.new_zeros(u.shape, dtype=torch.long)], dim=1)
        with evaluating(self):
            state = None if blank else self.recurrent(prompt)[1]
            for i, u_i in enumerate(u.T, start=prompt.shape[1]):
                p = _softmax(self._read_out(self._top(state, len(prompt))).to(u.dtype), temperature)
                text[:, i] = sampling.categorical(p, u_i)
                state = self.recurrent(text[:, i : i + 1], state)[1]
        return text

    def _read_out(self, h: Float[Tensor, "*shape hidden_size"]) -> Float[Tensor, "*shape vocabulary_size"]:
        logits: Tensor = self.out(dropout(h, self.dropout, self.training))
        return logits

    def _top(self, state: State | None, batch: int) -> Float[Tensor, "batch hidden_size"]:
        """Return h of the last layer, from which the next character is predicted."""
        if state is None:
            return self.out.weight.new_zeros(batch, self.hidden_size)
        return (state[0] if isinstance(state, tuple) else state)[-1]


def detached(state: State) -> State:
    """Return the state without its history: gradients stop there (truncated backpropagation through time)."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()  # type: ignore[return-value]


def _last(state: State | None) -> State | None:
    """Return the state of the last example alone."""
    return tuple(part[:, -1:] for part in state) if isinstance(state, tuple) else state[:, -1:]  # type: ignore


def _nats(logits: Float[Tensor, "batch time options"], x: Integer[Tensor, "batch time"]) -> Float[Tensor, "batch time"]:
    """Return -log p(x_i | x_{<i}), in single precision at least."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    return cross_entropy(logits.transpose(1, 2), x.long(), reduction="none")


def _softmax(logits: Float[Tensor, "batch options"], temperature: float) -> Float[Tensor, "batch options"]:
    """Return softmax(logits / temperature); at 0 its limit, 1 for the largest logit."""
    return ((logits - logits.amax(dim=1, keepdim=True)) / max(temperature, 1e-30)).softmax(dim=1)
