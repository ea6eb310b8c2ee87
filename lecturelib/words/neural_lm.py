"""NeuralLM: a neural network for the next word, with a feature vector for every word; and its recurrent variant.

Bengio, Ducharme, Vincent and Jauvin, "A Neural Probabilistic Language Model", JMLR 3 (2003).

    x = (C(w_{t-1}), C(w_{t-2}), …, C(w_{t-n+1}))       the features of the n - 1 words before, in one vector
    y = b + W x + U tanh(d + H x)                       W, the direct connections, may be left out
    p(w_t | w_{t-n+1}, …, w_{t-1}) = softmax(y)_{w_t}

Before the beginning of a text there are no words: their features are taken to be 0. So every word has a probability,
the first one included, and the probabilities of all texts of one length add up to 1.

    >>> model = NeuralLM(vocabulary_size=17907, embedding_dim=30, hidden_size=100, order=5)
    >>> log_p = model.log_prob(text)                # text: integers [time]; log_p: [time], nats, one per word
    >>> model.perplexity(text)                      # exp of their negative mean
    >>> texts = model.sample(prompt, 20)            # prompt: integers [batch, time]; [batch, time + 20]
    >>> mixture(log_p, trigram.log_prob(text))      # the paper's half-and-half of two models: see `mixture`
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear, pad

from lecturelib import checks, sampling
from lecturelib.modes import evaluating

EVAL_BATCH_SIZE = 256  # words whose logits are in memory at once: 256 x 17,907 numbers are 18 MB
NOTHING = -1  # stands for a word before the beginning of a text


class NeuralLM(nn.Module):
    """The paper's network. In its symbols: C [V, m], H [h, (n-1)m], d [h], U [V, h], b [V], W [V, (n-1)m] or None.

    Args:
        vocabulary_size: number of words V.
        embedding_dim: length m of a word's feature vector.
        hidden_size: number of tanh units h.
        order: n, one more than the number of words it looks back, as in an n-gram; 2 to 100.
        direct: whether the features also act on the output directly, through W.

    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int = 30,
        hidden_size: int = 50,
        order: int = 5,
        *,
        direct: bool = False,
    ) -> None:
        vocabulary_size = checks.positive_int("vocabulary_size", vocabulary_size)
        embedding_dim = checks.positive_int("embedding_dim", embedding_dim)
        hidden_size = checks.positive_int("hidden_size", hidden_size)
        order = checks.integer_between("order", order, 2, 100)
        super().__init__()
        self.vocabulary_size, self.order = vocabulary_size, order
        width = (order - 1) * embedding_dim
        self.C = _uniform(vocabulary_size, embedding_dim, 0.1)
        self.H = _uniform(hidden_size, width, 1 / width**0.5)
        self.d = nn.Parameter(torch.zeros(hidden_size))
        self.U = _uniform(vocabulary_size, hidden_size, 0.1 / hidden_size**0.5)
        self.b = nn.Parameter(torch.zeros(vocabulary_size))
        self.W = _uniform(vocabulary_size, width, 0.1 / width**0.5) if direct else None

    def logits(self, context: Integer[Tensor, "batch before"]) -> Float[Tensor, "batch vocabulary_size"]:
        """Return y of the word that follows each context of n - 1 words; so does `model(context)`.

        Args:
            context: the words in the order of the text, w_{t-1} last; -1 before its beginning.

        Raises:
            TypeError, ValueError: `context` is not such a tensor, or has numbers that are not words.

        """
        check_words("context", context, self.b, low=NOTHING, shape=f"[batch, {self.order - 1}]")
        x = _features(self.C, context.flip(1)).flatten(1)  # x = (C(w_{t-1}), …, C(w_{t-n+1}))
        a = torch.tanh(linear(x, self.H, self.d))
        y = linear(a, self.U, self.b)  # y = b + U tanh(d + H x)
        return y if self.W is None else y + linear(x, self.W)  # … + W x

    forward = logits

    def log_prob(self, x: Integer[Tensor, "*batch time"]) -> Float[Tensor, "*batch time"]:
        """Return log p(w_t | the n - 1 words before) in nats, for every word of one or several texts.

        Raises:
            TypeError, ValueError: `x` is not a tensor of words from 0 to V - 1, or is empty.

        """
        check_words("x", x, self.b)
        batches = windows(x, self.order).flatten(0, -2).split(EVAL_BATCH_SIZE)
        return torch.cat([_log_prob(self.logits(batch[:, :-1]), batch[:, -1]) for batch in batches]).view(x.shape)

    @torch.no_grad()
    def perplexity(self, x: Integer[Tensor, "*batch time"]) -> float:
        """Return exp(-mean log p) over the words of `x`: as if so many words were equally likely each time."""
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

        """

        def next_logits(text: Tensor, state: None) -> tuple[Tensor, None]:
            return self.logits(pad(text, (self.order - 1, 0), value=NOTHING)[:, 1 - self.order :]), None

        return _sample(next_logits, prompt, n, temperature, generator, self.b)

    @property
    def vectors(self) -> Float[Tensor, "vocabulary_size embedding_dim"]:
        """C, one feature vector per word."""
        return self.C.detach()


class RecurrentLM(nn.Module):
    """The lecture's variant: a recurrent network reads all words so far.

        h_t = recurrent(C(w_{t-1}), h_{t-1}),     y = b + U h_t,     p(w_t | w_{<t}) = softmax(y)_{w_t}

    Args:
        vocabulary_size: number of words V.
        embedding_dim: length m of a word's feature vector.
        recurrent: a module called as `recurrent(x, state)` with x [batch, time, m] and a state or None, which returns
            h [batch, time, hidden_size] and the state after them; it has attributes `input_size` (m) and `hidden_size`.

    """

    def __init__(self, vocabulary_size: int, embedding_dim: int, recurrent: nn.Module) -> None:
        vocabulary_size = checks.positive_int("vocabulary_size", vocabulary_size)
        embedding_dim = checks.positive_int("embedding_dim", embedding_dim)
        if not isinstance(recurrent, nn.Module) or not isinstance(getattr(recurrent, "hidden_size", None), int):
            raise TypeError(f"recurrent: expected a module with a `hidden_size`, got {type(recurrent).__name__}")
        if recurrent.input_size != embedding_dim:
            raise ValueError(f"recurrent: expected an input_size of {embedding_dim}, got {recurrent.input_size}")
        super().__init__()
        hidden_size: Any = recurrent.hidden_size
        self.vocabulary_size, self.recurrent = vocabulary_size, recurrent
        self.C = _uniform(vocabulary_size, embedding_dim, 0.1)
        self.U = _uniform(vocabulary_size, hidden_size, 0.1 / hidden_size**0.5)
        self.b = nn.Parameter(torch.zeros(vocabulary_size))

    def forward(self, x: Integer[Tensor, "batch time"]) -> Float[Tensor, "batch time vocabulary_size"]:
        """Return y of the word that follows each word of `x`, given all words up to it."""
        check_words("x", x, self.b, shape="[batch, time]")
        h, _ = self.recurrent(_features(self.C, pad(x.long(), (1, 0), value=NOTHING)), None)
        return linear(h[:, 1:], self.U, self.b)

    def log_prob(self, x: Integer[Tensor, "batch time"]) -> Float[Tensor, "batch time"]:
        """Return log p(w_t | w_{<t}) in nats, for every word, the first one included.

        Raises:
            TypeError, ValueError: `x` is not a tensor of words from 0 to V - 1, or is empty.

        """
        check_words("x", x, self.b, shape="[batch, time]")
        before = _features(self.C, windows(x, 2)[..., 0])  # C(w_{t-1}), and 0 before the first
        state, log_p = None, []
        step = max(1, EVAL_BATCH_SIZE // len(x))
        for words, features in zip(x.split(step, dim=1), before.split(step, dim=1), strict=True):
            h, state = self.recurrent(features, state)
            log_p.append(_log_prob(linear(h, self.U, self.b).flatten(0, 1), words.flatten()).view(words.shape))
        return torch.cat(log_p, dim=1)

    @torch.no_grad()
    def perplexity(self, x: Integer[Tensor, "batch time"]) -> float:
        """Return exp(-mean log p) over all words of `x`, without dropout."""
        with evaluating(self):
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
        """Return each prompt continued by `n` words, w_t ~ p(w_t | w_{<t}), without dropout; see `NeuralLM.sample`."""

        def next_logits(text: Tensor, state: Any) -> tuple[Tensor, Any]:
            unread = pad(text, (1, 0), value=NOTHING) if state is None else text[:, -1:]
            h, state = self.recurrent(_features(self.C, unread), state)
            return linear(h[:, -1], self.U, self.b), state

        with evaluating(self):
            return _sample(next_logits, prompt, n, temperature, generator, self.b)

    @property
    def vectors(self) -> Float[Tensor, "vocabulary_size embedding_dim"]:
        """C, one feature vector per word."""
        return self.C.detach()


def windows(x: Integer[Tensor, "*batch time"], order: int) -> Integer[Tensor, "*batch time order"]:
    """Return every word of a text together with the order - 1 words before it; -1 stands before the beginning."""
    checks.integers("x", x, "...", "time", low=NOTHING)
    checks.integer_between("order", order, 2, 100)
    return pad(x.long(), (order - 1, 0), value=NOTHING).unfold(-1, order, 1)


def _uniform(rows: int, columns: int, bound: float) -> nn.Parameter:
    return nn.Parameter(bound * (2 * torch.rand(rows, columns) - 1))


def _features(C: Tensor, words: Tensor) -> Float[Tensor, "*shape embedding_dim"]:
    """Return C(w), and 0 where there is no word."""
    words = words.long()
    return nn.functional.embedding(words.clamp(min=0), C) * (words != NOTHING)[..., None]


def _log_prob(logits: Float[Tensor, "words options"], x: Integer[Tensor, " words"]) -> Float[Tensor, " words"]:
    """Return log softmax(logits)_x, in single precision at least."""
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
    n, temperature = checks.positive_int("n", n), checks.number("temperature", temperature, low=0)
    check_words("prompt", prompt, b, shape="[batch, time]", empty=True)
    text, state = prompt.long(), None
    for u_t in sampling.uniform((n, len(text)), like=b, generator=generator):
        y, state = next_logits(text, state)
        p = ((y - y.amax(dim=1, keepdim=True)).to(u_t.dtype) / max(temperature, 1e-30)).softmax(dim=1)
        text = torch.cat([text, sampling.categorical(p, u_t)[:, None]], dim=1)
    return text


def check_words(
    name: str, x: object, like: Tensor, *, low: int = 0, shape: str = "[..., time]", empty: bool = False
) -> None:
    """Raise unless `x` is a tensor of words from `low` to V - 1, on the device of `like` [V].

    Args:
        name: of the argument, for the message.
        x: any object.
        like: a tensor of the model, one entry per word of its vocabulary.
        low: the smallest number allowed.
        shape: the dimensions; where the last is a number, it is that.
        empty: whether the last dimension may be 0.

    Raises:
        TypeError: it is not a tensor of integers.
        ValueError: another shape or device, no words, or numbers that are not words.

    """
    expected = f"{name}: expected integers from {low} to {len(like) - 1}"
    if not isinstance(x, Tensor):
        raise TypeError(f"{expected}, a tensor, got {type(x).__name__}")
    if x.dtype not in checks.INTEGERS:
        unsigned = "; write .long()" if str(x.dtype).startswith("torch.uint") else ""
        raise TypeError(f"{expected}, got dtype {x.dtype}{unsigned}")
    fits = x.dim() > 0 if "..." in shape else x.dim() == shape.count(",") + 1
    width = shape.strip("[]").split(", ")[-1]
    if not fits or (width.isdigit() and x.shape[-1] != int(width)) or 0 in (x.shape[:-1] if empty else x.shape):
        raise ValueError(f"{name}: expected shape {shape}, not empty, got {list(x.shape)}")
    if x.device != like.device:
        raise ValueError(f"{name}: expected a tensor on {like.device} (the model's), got one on {x.device}")
    least, most = checks.lowest_and_highest(x) if x.numel() and checks.can_read(x) else (low, low)
    if least < low or most >= len(like):
        raise ValueError(
            f"{expected}, got {least} to {most}; encode the text with the vocabulary that the model was made for"
        )
