"""NGram: the lecture's lookup table of p(w | the n - 1 tokens before), as it is or smoothed, over words or characters.

Write h for the tokens before w, h' for h without its first, c(hw) for how often hw came in the training text, and
c(h·) = Σ_w c(hw). Each model rests on the next shorter one, down to p_0(w) = 1 / V:

    p_n(w | h) = α_n(hw) + γ_n(h) p_{n-1}(w | h'),      or p_{n-1}(w | h') where c(h·) = 0: the table has no such row.

"none", maximum likelihood: α = c(hw) / c(h·), γ = 0. What never came is impossible, and the perplexity of a text with
an n-gram that never came is infinite.

"interpolated": p(w | h) = Σ_{k=0..n} λ_k p_k(w | the last k - 1 tokens of h), with those p_k and with the weights λ
that make a held-out text likeliest, other ones for frequent h than for rare. Jelinek and Mercer, "Interpolated
Estimation of Markov Source Parameters from Sparse Data" (1980), as it is the baseline of Bengio, Ducharme, Vincent and
Jauvin, "A Neural Probabilistic Language Model", JMLR 3 (2003).

"kneser-ney": α = max(c(hw) - D, 0) / c(h·), γ = Σ_w min(c(hw), D) / c(h·). Counts are cut by D, and what that leaves is
shared out by the shorter model; in which c(hw) is replaced by #{v: c(vhw) > 0}, the number of different tokens before
hw: "Francisco" is frequent, but only after "San". Kneser and Ney, "Improved Backing-off for M-gram Language Modeling",
ICASSP 1995; interpolated, and with other D for counts of 1, 2 and more ("modified"), as in Chen and Goodman, "An
Empirical Study of Smoothing Techniques for Language Modeling", Computer Speech and Language 13 (1999).

    >>> model = NGram(order=3, vocabulary_size=len(vocabulary), smoothing="kneser-ney").fit(train)  # int64 [tokens]
    >>> model.perplexity(test)
    >>> p = model.probabilities(vocabulary.encode(["of", "the"]))                                   # float64 [V]
"""

import math
import sys
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from jaxtyping import Float64, Int64, Integer
from torch import Tensor
from torch.nn.functional import pad

from lecturelib import checks

Smoothing = Literal["none", "interpolated", "kneser-ney"]
FALLBACK = (0.5, 1.0, 1.5)  # discounts where there is no n-gram of count 1, 2, 3 or 4 to estimate them from


@dataclass(frozen=True)
class _Table:
    """The k-grams hw that came, in order: h is a number in the table of (k-1)-grams, and hw its own place here.

    Both parts are packed into one key, that of h times V plus w, which fits 64 bits for any k.
    """

    keys: Int64[Tensor, " grams"]
    alpha: Float64[Tensor, " grams"]
    gamma: Float64[Tensor, " contexts"]
    total: Float64[Tensor, " contexts"]  # c(h·)

    def find(self, key: Int64[Tensor, "*shape"]) -> Int64[Tensor, "*shape"]:
        """Return the numbers of k-grams, -1 for those that never came (as any that begins with one, number -1)."""
        at = torch.searchsorted(self.keys, key).clamp(max=len(self.keys) - 1)
        return at.where(self.keys[at] == key, -1)


class NGram:
    """A density over texts in which each token depends on the `order` - 1 before it.

    The first tokens of a text have fewer before them: they get the shorter models' probabilities, as where
    c(h·) = 0.

    Args:
        order: n, the length of the n-grams: the lecture's L is n - 1.
        vocabulary_size: number of different tokens V.
        smoothing: "none", "interpolated" or "kneser-ney".
        discount: for "kneser-ney", one D from 0 to 1 for all counts, instead of those estimated from them.

    Attributes:
        distinct: how many different k-grams came in the training text, k = 1 to n.

    Raises:
        TypeError, ValueError: an argument is not as described.

    """

    def __init__(
        self, order: int, vocabulary_size: int, *, smoothing: Smoothing = "none", discount: float | None = None
    ) -> None:
        checks.positive_int("order", order)
        checks.positive_int("vocabulary_size", vocabulary_size)
        checks.one_of("smoothing", smoothing, get_args(Smoothing))
        numeric = isinstance(discount, int | float) and 0 <= discount <= 1
        if discount is not None and not (numeric and smoothing == "kneser-ney"):
            raise ValueError(f"discount: expected None, or 0 to 1 for 'kneser-ney', got {discount!r} for {smoothing!r}")
        self.order, self.vocabulary_size, self.smoothing, self.discount = order, vocabulary_size, smoothing, discount
        self.distinct: tuple[int, ...] = ()
        self._tables: list[_Table] = []
        self._weights: Tensor | None = None  # λ [n + 1, buckets]

    @property
    def table_size(self) -> int:
        """How many numbers the lookup table has, V^n in all, V^L rows (L = n - 1) of the probabilities of V tokens."""
        return self.vocabulary_size**self.order

    def fit(self, x: Integer[Tensor, " tokens"], held_out: Integer[Tensor, " others"] | None = None) -> "NGram":
        """Count the n-grams of the training text `x`, shorter ones included, and return the model.

        Args:
            x: at least n tokens, as numbers from 0 to V - 1, on the CPU.
            held_out: other text, for the weights of "interpolated"; None for the other smoothings.

        Raises:
            TypeError, ValueError: an argument is not as described.

        """
        x = self._checked("x", x, least=self.order)
        if (held_out is not None) != (self.smoothing == "interpolated"):
            expected = "another text, for the weights," if held_out is None else "None"
            got = "None" if held_out is None else "a text"
            raise ValueError(f"held_out: expected {expected} where smoothing is {self.smoothing!r}, got {got}")
        if held_out is not None:
            held_out = self._checked("held_out", held_out)
            if torch.equal(held_out, x):
                raise ValueError("held_out: expected another text than x, got the same, of which no n-gram is unseen")
        grams: list[tuple[Tensor, Tensor]] = []  # for each k the keys of the k-grams and their counts
        number = torch.zeros(len(x) + 1, dtype=torch.long)  # of the k-gram at each place of x, from the empty one on
        for k in range(1, self.order + 1):
            suffix, key = number[1:], number[:-1] * self.vocabulary_size + x[k - 1 :]
            keys, number, count = torch.unique(key, return_inverse=True, return_counts=True)
            if grams and self.smoothing == "kneser-ney":  # |{v: c(vhw) > 0}|: how many k-grams end in hw
                hw = torch.empty_like(keys).scatter_(0, number, suffix)
                grams[-1] = grams[-1][0], torch.bincount(hw, minlength=len(grams[-1][0]))
            grams.append((keys, count))
        self.distinct = tuple(len(keys) for keys, _ in grams)
        self._tables = [self._table(*gram, h) for gram, h in zip(grams, (1, *self.distinct), strict=False)]
        self._tokens = len(x)
        self._weights = None if held_out is None else self._fitted_weights(held_out)
        return self

    def log_prob(self, x: Integer[Tensor, " tokens"]) -> Float64[Tensor, " tokens"]:
        """log p(x_i | x_{i-n+1}, …, x_{i-1}) in nats, one a token; their sum is log p(x).

        Minus infinity where the n-gram never came and nothing smooths.

        Raises:
            TypeError, ValueError: `x` is no text as described for `fit`.
            RuntimeError: not fitted yet.

        """
        numbers = self._numbers(self._checked("x", x))
        return self._mixture(numbers[:-1, :-1], numbers[1:, 1:]).log()

    def perplexity(self, x: Integer[Tensor, " tokens"]) -> float:
        """exp(-log p(x) / tokens); infinite where `x` is impossible.

        Raises:
            TypeError, ValueError, RuntimeError: as `log_prob`.

        """
        return self.log_prob(x).mean().neg().exp().item()

    def bits_per_token(self, x: Integer[Tensor, " tokens"]) -> float:
        """-log₂ p(x) / tokens; infinite where `x` is impossible.

        Raises:
            TypeError, ValueError, RuntimeError: as `log_prob`.

        """
        return -self.log_prob(x).mean().item() / math.log(2)

    def seen_share(self, x: Integer[Tensor, " tokens"]) -> Float64[Tensor, " order"]:
        """Share of the k-grams of `x` that came in the training text, k = 1 to n.

        Raises:
            TypeError, ValueError, RuntimeError: as `log_prob`, or `x` is shorter than n.

        """
        numbers = self._numbers(self._checked("x", x, least=self.order))
        return torch.stack([(hw[k:] >= 0).double().mean() for k, hw in enumerate(numbers)][1:])

    def probabilities(self, context: Integer[Tensor, "*batch length"]) -> Float64[Tensor, "*batch V"]:
        """p(w | context) for every token w.

        Args:
            context: the tokens before w, of one or of many; the last n - 1 are read. There may be fewer, or none.

        Raises:
            TypeError, ValueError: `context` is not as described.
            RuntimeError: not fitted yet.

        """
        context = self._checked("context", context, "[..., length]", least=0)
        h = self._numbers(context[..., max(0, context.shape[-1] - self.order + 1) :])[:-1, ..., -1:]
        w = torch.arange(self.vocabulary_size)
        hw = torch.stack([table.find(h_k * len(w) + w) for table, h_k in zip(self._tables, h, strict=True)])
        return self._mixture(h, hw)

    def sample(
        self,
        prompt: Integer[Tensor, "batch time"],
        n: int,
        *,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Integer[Tensor, "batch length"]:
        """Return each prompt continued by `n` tokens, x_i ~ p(x_i | the tokens before).

        Args:
            prompt: may have no tokens: [batch, 0] starts from nothing.
            n: number of tokens to draw.
            temperature: p^(1 / temperature) is drawn from; below 1 likely tokens get likelier; 0 takes the likeliest.
            generator: its state alone decides what is drawn.

        Raises:
            TypeError, ValueError: an argument is not as described.
            RuntimeError: not fitted yet.

        """
        checks.positive_int("n", n)
        if not isinstance(temperature, int | float) or not 0 <= temperature < math.inf:
            raise ValueError(f"temperature: expected a finite number of at least 0, got {temperature!r}")
        text = self._checked("prompt", prompt, "[batch, time]")
        for _ in range(n):
            log_p = self.probabilities(text).log()
            p = ((log_p - log_p.amax(dim=1, keepdim=True)) / max(temperature, 1e-30)).softmax(dim=1)
            text = torch.cat([text, torch.multinomial(p, 1, generator=generator)], dim=1)
        return text

    def _table(self, keys: Tensor, c: Tensor, contexts: int) -> _Table:
        D = torch.zeros(4, dtype=torch.float64)  # of counts 0, 1, 2 and from 3 on
        if self.smoothing == "kneser-ney":
            D[1:] = torch.asarray(_discounts(c) if self.discount is None else self.discount, dtype=D.dtype)
        h, D_c = keys // self.vocabulary_size, D[c.clamp(max=3)]
        total = torch.bincount(h, c.double(), contexts)  # c(h·)
        alpha = (c - D_c) / total.clamp(min=1)[h]  # α = max(c(hw) - D, 0) / c(h·)
        gamma = torch.bincount(h, D_c, contexts) / total  # γ = Σ_w min(D, c(hw)) / c(h·)
        return _Table(keys, alpha, gamma.where(total > 0, 1), total)

    def _numbers(self, x: Int64[Tensor, "*batch tokens"]) -> Int64[Tensor, "lengths *batch places"]:
        """For k = 0 to n the number of the k-gram before each token and after the last, -1 where it never came."""
        if not self._tables:
            raise RuntimeError("NGram: expected a fitted model, got a new one: call fit(x) first")
        numbers = [torch.zeros(*x.shape[:-1], x.shape[-1] + 1, dtype=torch.long)]
        for table in self._tables:
            hw = table.find(numbers[-1][..., :-1] * self.vocabulary_size + x)
            numbers.append(pad(hw, (1, 0), value=-1))
        return torch.stack(numbers)

    def _models(self, h: Int64[Tensor, "order ..."], hw: Int64[Tensor, "order ..."]) -> tuple[Tensor, Tensor]:
        """Return p_0 to p_n [n + 1, *tokens] and the bucket that each h is in, given their numbers for k = 1 to n."""
        p = [torch.full(hw[0].shape, 1 / self.vocabulary_size, dtype=torch.float64)]  # p_0(w) = 1 / V
        for table, h_k, hw_k in zip(self._tables, h, hw, strict=True):
            alpha = table.alpha[hw_k].where(hw_k >= 0, 0)
            gamma = table.gamma[h_k].where(h_k >= 0, 1)
            p.append(alpha + gamma * p[-1])  # p_k(w | h) = α_k(hw) + γ_k(h) p_{k-1}(w | h')
        f = table.total[h_k].where(h_k >= 0, 0)  # how often all n - 1 tokens came; T is the length of the text
        return torch.stack(p), torch.log(self._tokens / (1 + f)).ceil().clamp(min=0).long()  # ⌈-log((1 + f) / T)⌉

    def _mixture(self, h: Int64[Tensor, "order ..."], hw: Int64[Tensor, "order ..."]) -> Float64[Tensor, "..."]:
        p, bucket = self._models(h, hw)
        return p[-1] if self._weights is None else (self._weights[:, bucket] * p).sum(dim=0)  # Σ_k λ_k p_k

    def _fitted_weights(self, held_out: Int64[Tensor, " tokens"]) -> Float64[Tensor, "models buckets"]:
        """Return the λ of each bucket that make the held-out text likeliest."""
        numbers = self._numbers(held_out)
        p, bucket = self._models(numbers[:-1, :-1], numbers[1:, 1:])
        equal = torch.full((len(p), 1), 1 / len(p), dtype=torch.float64)
        of_all = _maximised(equal, p, torch.zeros_like(bucket))  # they stay where a bucket has no held-out token
        return _maximised(of_all.repeat(1, math.ceil(math.log(self._tokens)) + 1), p, bucket)

    def _checked(self, name: str, x: object, shape: str = "[tokens]", least: int = 1) -> Int64[Tensor, "..."]:
        expected = f"{name}: expected integers from 0 to {self.vocabulary_size - 1}, {shape}, on the CPU"
        if not isinstance(x, Tensor):
            raise TypeError(f"{expected}, got {type(x).__name__}")
        if x.is_floating_point() or x.is_complex() or x.dtype == torch.bool or x.device.type != "cpu":
            raise TypeError(f"{expected}, got {x.dtype} on {x.device}")
        if not x.dim() or (x.dim() != shape.count(",") + 1 and "..." not in shape) or len(x) < least:
            raise ValueError(f"{expected}, at least {least} of them, got {list(x.shape)}")
        if x.numel() and (x.min() < 0 or x.max() >= self.vocabulary_size):
            raise ValueError(f"{expected}, got {int(x.min())} to {int(x.max())}")
        return x.long()


def _maximised(weights: Tensor, p: Tensor, bucket: Tensor, tolerance: float = 1e-6) -> Tensor:
    """Expectation-maximisation, until a step gains less than `tolerance` nats a token."""
    tokens = torch.bincount(bucket, minlength=weights.shape[1])
    before, now = -math.inf, -sys.float_info.max
    while now > before + tolerance:
        joint = weights[:, bucket] * p  # [n + 1, tokens]
        before, now = now, joint.sum(dim=0).log().mean().item()
        responsibility = joint / joint.sum(dim=0)
        mean = torch.zeros_like(weights).index_add_(1, bucket, responsibility) / tokens
        weights = mean.where(tokens > 0, weights)
    return weights


def _discounts(c: Int64[Tensor, " grams"]) -> tuple[float, ...]:
    """D for counts of 1, 2, and 3 or more, from how many n-grams have counts 1 to 4 (Chen and Goodman)."""
    n_1, n_2, n_3, n_4 = (int((c == j).sum()) for j in (1, 2, 3, 4))
    if not n_1 * n_2 * n_3 * n_4:
        return FALLBACK
    Y = n_1 / (n_1 + 2 * n_2)
    D = (1 - 2 * Y * n_2 / n_1, 2 - 3 * Y * n_3 / n_2, 3 - 4 * Y * n_4 / n_3)
    return D if min(D) > 0 else FALLBACK
