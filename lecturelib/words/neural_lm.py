"""NeuralLM: a neural net for the next word, with a vector of features for every word; and its recurrent variant.

Bengio, Ducharme, Vincent and Jauvin, "A Neural Probabilistic Language Model", JMLR 3 (2003).

    x = (C(w_{t-1}), C(w_{t-2}), …, C(w_{t-n+1}))       the features of the n - 1 words before, in one vector
    y = b + W x + U tanh(d + H x)                       W, the direct connections, may be left out
    p(w_t | w_{t-n+1}, …, w_{t-1}) = softmax(y)_{w_t}

Where a text begins there are no words before: their features are taken to be 0. So every word has a probability, the
first one included, and the probabilities of all texts of one length add up to 1.

    >>> model = NeuralLM(vocabulary_size=17907, features=30, hidden=100, order=5)
    >>> nats = model.log_prob(text)                 # text: integers [time]; nats: [time], one a word
    >>> model.perplexity(text)                      # exp of their negative mean
    >>> texts = model.sample(prompt, 20)            # prompt: integers [batch, time]; [batch, time + 20]
    >>> mixture(nats, trigram.log_prob(text))       # the paper's half-and-half of two models
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear, pad

from lecturelib import checks, sampling

PIECE = 256  # words whose logits are in memory at once: 256 x 17,907 numbers are 18 MB
NOTHING = -1  # stands for a word before the beginning of a text


class NeuralLM(nn.Module):
    """The paper's net. In its symbols: C [V, m], H [h, (n-1)m], d [h], U [V, h], b [V], and W [V, (n-1)m] or None.

    Args:
        vocabulary_size: number of words V.
        features: length m of a word's vector.
        hidden: number of tanh units h.
        order: n, one more than the words it looks back, as in an n-gram; at least 2.
        direct: whether the features also act on the output directly, through W.

    Raises:
        TypeError, ValueError: a size is no positive integer, `order` is not from 2 to 100, or `direct` is no bool.

    """

    def __init__(
        self, vocabulary_size: int, features: int = 30, hidden: int = 50, order: int = 5, *, direct: bool = False
    ) -> None:
        for name, size in [("vocabulary_size", vocabulary_size), ("features", features), ("hidden", hidden)]:
            checks.positive_int(name, size)
        checks.integer_between("order", order, 2, 100)
        if not isinstance(direct, bool):
            raise TypeError(f"direct: expected True or False, got {direct!r} ({type(direct).__name__})")
        super().__init__()
        self.vocabulary_size, self.order = vocabulary_size, order
        width = (order - 1) * features
        self.C = _uniform(vocabulary_size, features, 0.1)
        self.H = _uniform(hidden, width, 1 / width**0.5)
        self.d = nn.Parameter(torch.zeros(hidden))
        self.U = _uniform(vocabulary_size, hidden, 0.1 / hidden**0.5)
        self.b = nn.Parameter(torch.zeros(vocabulary_size))
        self.W = _uniform(vocabulary_size, width, 0.1 / width**0.5) if direct else None

    def logits(self, context: Integer[Tensor, "batch before"]) -> Float[Tensor, "batch vocabulary_size"]:
        """Return y of the word that follows each context of n - 1 words.

        Args:
            context: the words in the order of the text, w_{t-1} last; -1 before its beginning.

        Raises:
            TypeError, ValueError: `context` is not as described.

        """
        _check_words("context", context, self.b, low=NOTHING)
        if context.dim() != 2 or context.shape[1] != self.order - 1:
            raise ValueError(f"context: expected shape [batch, {self.order - 1}], got {list(context.shape)}")
        x = _features(self.C, context.flip(1)).flatten(1)  # x = (C(w_{t-1}), …, C(w_{t-n+1}))
        a = torch.tanh(linear(x, self.H, self.d))
        y = linear(a, self.U, self.b)  # y = b + U tanh(d + H x)
        return y if self.W is None else y + linear(x, self.W)  # … + W x

    def log_prob(self, x: Integer[Tensor, "*batch time"]) -> Float[Tensor, "*batch time"]:
        """log p(w_t | the n - 1 words before) in nats, for every word of one or several texts.

        Raises:
            TypeError, ValueError: `x` holds no words from 0 to V - 1.

        """
        _check_words("x", x, self.b)
        pieces = windows(x, self.order).flatten(0, -2).split(PIECE)
        return torch.cat([_log_prob(self.logits(p[:, :-1]), p[:, -1]) for p in pieces]).view(x.shape)

    @torch.no_grad()
    def perplexity(self, x: Integer[Tensor, "*batch time"]) -> float:
        """Return exp(-mean log p) over the words of `x`, as if so many were equally likely; errors as `log_prob`."""
        return _perplexity(self.log_prob(x))

    @torch.no_grad()
    def sample(
        self,
        prompt: Integer[Tensor, "batch time"],
        n: int,
        *,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Integer[Tensor, "batch length"]:
        """Return each prompt continued by `n` words, w_t ~ p(w_t | the n - 1 words before).

        Args:
            prompt: may have no words: [batch, 0] starts from nothing.
            n: number of words to draw.
            temperature: divides the logits; below 1 likely words get likelier; 0 takes the likeliest.
            generator: its state alone decides what is drawn.

        Raises:
            TypeError, ValueError: an argument is not as described.

        """

        def next_logits(text: Tensor, state: None) -> tuple[Tensor, None]:
            return self.logits(pad(text, (self.order - 1, 0), value=NOTHING)[:, 1 - self.order :]), None

        return _sample(next_logits, prompt, n, temperature, generator, self.b)

    @property
    def vectors(self) -> Float[Tensor, "vocabulary_size features"]:
        """C, one row of features a word."""
        return self.C.detach()


class RecurrentLM(nn.Module):
    """The lecture's variant: a recurrent net reads all words so far, h_t = recurrent(C(w_{t-1}), h_{t-1}), y = b + U h.

    Args:
        vocabulary_size: number of words V.
        features: length m of a word's vector.
        recurrent: a module called as `recurrent(x, state)` with x [batch, time, m] and a state or None, which returns
            h [batch, time, hidden] and its state after them; its widths are `.input_size` (m) and `.hidden_size`.

    Raises:
        TypeError, ValueError: a size is no positive integer, or `recurrent` is not as described.

    """

    def __init__(self, vocabulary_size: int, features: int, recurrent: nn.Module) -> None:
        checks.positive_int("vocabulary_size", vocabulary_size)
        checks.positive_int("features", features)
        if not isinstance(recurrent, nn.Module) or not isinstance(getattr(recurrent, "hidden_size", None), int):
            raise TypeError(f"recurrent: expected a module with a width `hidden_size`, got {type(recurrent).__name__}")
        if recurrent.input_size != features:
            raise ValueError(f"recurrent: expected an input_size of {features} (features), got {recurrent.input_size}")
        super().__init__()
        hidden: Any = recurrent.hidden_size
        self.vocabulary_size, self.recurrent = vocabulary_size, recurrent
        self.C = _uniform(vocabulary_size, features, 0.1)
        self.U = _uniform(vocabulary_size, hidden, 0.1 / hidden**0.5)
        self.b = nn.Parameter(torch.zeros(vocabulary_size))

    def log_prob(self, x: Integer[Tensor, "batch time"]) -> Float[Tensor, "batch time"]:
        """log p(w_t | w_{<t}) in nats, for every word; errors as for `NeuralLM.log_prob`."""
        _check_words("x", x, self.b, shape="[batch, time]")
        before = _features(self.C, windows(x, 2)[..., 0])  # C(w_{t-1}), and 0 before the first
        state, log_p = None, []
        step = max(1, PIECE // len(x))
        for words, features in zip(x.split(step, dim=1), before.split(step, dim=1), strict=True):
            h, state = self.recurrent(features, state)
            log_p.append(_log_prob(linear(h, self.U, self.b).flatten(0, 1), words.flatten()).view(words.shape))
        return torch.cat(log_p, dim=1)

    @torch.no_grad()
    def perplexity(self, x: Integer[Tensor, "batch time"]) -> float:
        """Return exp(-mean log p) over all words of `x`; errors as for `log_prob`."""
        return _perplexity(self.log_prob(x))

    @torch.no_grad()
    def sample(
        self,
        prompt: Integer[Tensor, "batch time"],
        n: int,
        *,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Integer[Tensor, "batch length"]:
        """Return each prompt continued by `n` words, w_t ~ p(w_t | w_{<t}); arguments as for `NeuralLM.sample`."""

        def next_logits(text: Tensor, state: Any) -> tuple[Tensor, Any]:
            unread = pad(text, (1, 0), value=NOTHING) if state is None else text[:, -1:]
            h, state = self.recurrent(_features(self.C, unread), state)
            return linear(h[:, -1], self.U, self.b), state

        return _sample(next_logits, prompt, n, temperature, generator, self.b)

    @property
    def vectors(self) -> Float[Tensor, "vocabulary_size features"]:
        """C, one row of features a word."""
        return self.C.detach()


def windows(x: Integer[Tensor, "*batch time"], order: int) -> Integer[Tensor, "*batch time order"]:
    """Return every word of a text behind the order - 1 words before it; -1 stands before the beginning."""
    checks.integer_between("order", order, 2, 100)
    return pad(x.long(), (order - 1, 0), value=NOTHING).unfold(-1, order, 1)


def mixture(
    log_p: Float[Tensor, "*shape"], log_q: Float[Tensor, "*shape"], weight: float = 0.5
) -> Float[Tensor, "*shape"]:
    """Return log(w p + (1 - w) q) of two models' log-probabilities of the same words.

    Args:
        log_p, log_q: in nats, of one shape; minus infinity is allowed.
        weight: w, from 0 to 1; the paper's is 1/2.

    Raises:
        TypeError, ValueError: the shapes differ, or `weight` is no number from 0 to 1.

    """
    if log_p.shape != log_q.shape:
        raise ValueError(f"log_q: expected the shape of log_p, {list(log_p.shape)}, got {list(log_q.shape)}")
    _check_number("weight", weight, 1, "a number from 0 to 1")
    log_w, log_rest = (math.log(w) if w else -math.inf for w in (weight, 1 - weight))
    return torch.logaddexp(log_p + log_w, log_q + log_rest)


def mixture_weight(log_p: Float[Tensor, " words"], log_q: Float[Tensor, " words"], *, steps: int = 50) -> float:
    """Return the weight w of p under which the words (held out from both models) are likeliest, by EM from 1/2."""
    w = 0.5
    for _ in range(steps):
        from_p = (log_p + math.log(w) - mixture(log_p, log_q, w)).exp()  # P(the word came from p)
        w = min(max(float(from_p.mean()), 1e-9), 1 - 1e-9)
    return w


def _uniform(rows: int, columns: int, bound: float) -> nn.Parameter:
    return nn.Parameter(bound * (2 * torch.rand(rows, columns) - 1))


def _features(C: Tensor, words: Tensor) -> Float[Tensor, "*shape features"]:
    """C(w), and 0 where there is no word."""
    return nn.functional.embedding(words.clamp(min=0), C) * (words != NOTHING)[..., None]


def _log_prob(logits: Float[Tensor, "words options"], x: Integer[Tensor, " words"]) -> Float[Tensor, " words"]:
    """log softmax(logits)_x, in single precision at least."""
    return -cross_entropy(logits.to(torch.promote_types(logits.dtype, torch.float32)), x.long(), reduction="none")


def _perplexity(log_p: Tensor) -> float:
    return math.exp(-float(log_p.double().mean()))


def _sample(
    next_logits: Callable[[Tensor, Any], tuple[Tensor, Any]],
    prompt: Tensor,
    n: int,
    temperature: float,
    generator: torch.Generator | None,
    b: Tensor,
) -> Integer[Tensor, "batch length"]:
    """Draw `n` words each from softmax(logits / temperature), by inversion of uniform numbers u."""
    checks.positive_int("n", n)
    _check_number("temperature", temperature, 1e30, "a finite number of at least 0")
    if not (isinstance(prompt, Tensor) and prompt.dim() == 2 and len(prompt) > 0 and prompt.shape[1] == 0):
        _check_words("prompt", prompt, b, shape="[batch, time]")
    text, state = prompt.long(), None
    for u_t in sampling.uniform((n, len(text)), like=b, generator=generator):
        y, state = next_logits(text, state)
        p = ((y - y.amax(dim=1, keepdim=True)).to(u_t.dtype) / max(temperature, 1e-30)).softmax(dim=1)
        text = torch.cat([text, sampling.categorical(p, u_t)[:, None]], dim=1)
    return text


def _check_words(name: str, x: object, b: Tensor, *, low: int = 0, shape: str = "") -> None:
    """Raise unless `x` is a non-empty integer tensor with words from `low` to V - 1, where V is the length of `b`."""
    options = len(b)
    if not isinstance(x, Tensor) or x.is_floating_point() or x.dtype == torch.bool:
        got = f"dtype {x.dtype}" if isinstance(x, Tensor) else type(x).__name__
        raise TypeError(f"{name}: expected a tensor of integers from {low} to {options - 1}, got {got}")
    if not x.numel() or not x.dim() or (shape and x.dim() != 2):
        raise ValueError(f"{name}: expected shape {shape or '[..., time]'}, not empty, got {list(x.shape)}")
    if x.device != b.device:
        raise ValueError(f"{name}: expected a tensor on {b.device} (the model's), got one on {x.device}")
    if x.min() < low or x.max() >= options:
        raise ValueError(
            f"{name}: expected integers from {low} to {options - 1}, got {int(x.min())} to {int(x.max())}; encode the"
            " text with the vocabulary that the model was made for"
        )


def _check_number(name: str, value: object, high: float, expected: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}: expected {expected}, got {value!r} ({type(value).__name__})")
    if not 0 <= value <= high:
        raise ValueError(f"{name}: expected {expected}, got {value}")
