"""NGram: the lecture's lookup table of p(w | the n - 1 tokens before), as it is or smoothed, over words or characters.

Write h for the tokens before w, h' for h without its first, c(hw) for how often hw occurs in the training text, and
c(h·) = Σ_w c(hw). Each model falls back on the next shorter one, down to p_0(w) = 1 / V:

    p_n(w | h) = α_n(hw) + γ_n(h) p_{n-1}(w | h'),      or p_{n-1}(w | h') where c(h·) = 0: the table has no such row.

"none", maximum likelihood: α = c(hw) / c(h·), γ = 0. An unseen n-gram is impossible, and the perplexity of a text that
has one is infinite.

"interpolated": p(w | h) = Σ_{k=0..n} λ_k p_k(w | the last k - 1 tokens of h), with these p_k, and with the weights λ
that make a held-out text likeliest, which depend on how frequent h is. Jelinek and Mercer, "Interpolated Estimation of
Markov Source Parameters from Sparse Data" (1980), in the form of the baseline of Bengio, Ducharme, Vincent and Jauvin,
"A Neural Probabilistic Language Model", JMLR 3 (2003).

"kneser-ney": α = max(c(hw) - D, 0) / c(h·), γ = Σ_w min(c(hw), D) / c(h·). D is taken off each count, and the shorter
model distributes the freed mass; there c(hw) is replaced by #{v: c(vhw) > 0}, the number of different tokens before hw:
"Francisco" is frequent, but only after "San". Kneser and Ney, "Improved Backing-off for M-gram Language Modeling",
ICASSP 1995; interpolated, and with different D for counts of 1, 2 and more ("modified"), as in Chen and Goodman, "An
Empirical Study of Smoothing Techniques for Language Modeling", Computer Speech and Language 13 (1999).

    >>> model = NGram(order=3, vocabulary_size=len(vocabulary), smoothing="kneser-ney").fit(train)  # int64 [tokens]
    >>> model.perplexity(test)
    >>> p = model.probabilities(vocabulary.encode(["of", "the"]))                                   # float64 [V]
"""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from jaxtyping import Float64, Int64, Integer
from torch import Tensor
from torch.nn.functional import pad

from lecturelib import checks
from lecturelib.words.smoothing import discounts, likeliest_weights

Smoothing = Literal["none", "interpolated", "kneser-ney"]


@dataclass(frozen=True)
class _Table:
    """The k-grams hw of the training text, sorted by key; the number of hw is its index here.

    The key is the number of h in the table of (k-1)-grams, times V, plus w: it fits 64 bits for any k.
    """

    keys: Int64[Tensor, " grams"]
    alpha: Float64[Tensor, " grams"]
    gamma: Float64[Tensor, " contexts"]
    total: Float64[Tensor, " contexts"]  # c(h·)

    def find(self, key: Int64[Tensor, "*shape"]) -> Int64[Tensor, "*shape"]:
        """Return the numbers of k-grams, -1 for unseen ones (and so for those that begin with an unseen one)."""
        at = torch.searchsorted(self.keys, key).clamp(max=len(self.keys) - 1)
        return at.where(self.keys[at] == key, -1)


class NGram:
    """A density over texts in which each token depends on the `order` - 1 before it.

    The first tokens of a text have fewer than n - 1 before them, and have the shorter models' probabilities.

    Args:
        order: n, the length of the n-grams: the lecture's L is n - 1.
        vocabulary_size: number of different tokens V.
        smoothing: "none", "interpolated" or "kneser-ney".
        discount: for "kneser-ney", one D from 0 to 1 for all counts, instead of those estimated from them.

    Attributes:
        distinct: the number of different k-grams in the training text, k = 1 to n.

    """

    def __init__(
        self, order: int, vocabulary_size: int, *, smoothing: Smoothing = "none", discount: float | None = None
    ) -> None:
        self.order = checks.positive_int("order", order)
        self.vocabulary_size = checks.positive_int("vocabulary_size", vocabulary_size)
        checks.one_of("smoothing", smoothing, get_args(Smoothing))
        if discount is not None:
            discount = checks.probability("discount", discount)
            if smoothing != "kneser-ney":
                raise ValueError(f"discount: expected None for smoothing={smoothing!r}, got {discount}")
        self.smoothing, self.discount = smoothing, discount
        self.distinct: tuple[int, ...] = ()
        self._tables: list[_Table] = []
        self._weights: Tensor | None = None  # λ [n + 1, buckets]

    @property
    def table_size(self) -> int:
        """The number of entries of the lookup table, V^n = V^L rows (L = n - 1) of V probabilities each."""
        return int(self.vocabulary_size**self.order)

    def fit(self, x: Integer[Tensor, " tokens"], held_out: Integer[Tensor, " others"] | None = None) -> "NGram":
        """Count the n-grams of the training text `x`, shorter ones included, and return the model.

        Args:
            x: at least n tokens, as numbers from 0 to V - 1, on the CPU.
            held_out: other text, for the weights of "interpolated"; None for the other smoothings.

        Raises:
            TypeError, ValueError: a text is not such a tensor, or `held_out` is missing, superfluous or equal to `x`.

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
        number = x.new_zeros(len(x) + 1)  # of the k-gram at each position of x; first the empty one
        for k in range(1, self.order + 1):
            suffix, key = number[1:], number[:-1] * self.vocabulary_size + x[k - 1 :]
            keys, number, count = torch.unique(key, return_inverse=True, return_counts=True)
            if grams and self.smoothing == "kneser-ney":  # #{v: c(vhw) > 0}: the number of k-grams that end in hw
                hw = torch.empty_like(keys).scatter_(0, number, suffix)
                grams[-1] = grams[-1][0], torch.bincount(hw, minlength=len(grams[-1][0]))
            grams.append((keys, count))
        self.distinct = tuple(len(keys) for keys, _ in grams)
        self._tables = [self._table(*gram, h) for gram, h in zip(grams, (1, *self.distinct), strict=False)]
        self._tokens = len(x)
        self._weights = None if held_out is None else self._fitted_weights(held_out)
        return self

    def log_prob(self, x: Integer[Tensor, " tokens"]) -> Float64[Tensor, " tokens"]:
        """Return log p(x_i | x_{i-n+1}, …, x_{i-1}) in nats, one per token; their sum is log p(x).

        Minus infinity where the n-gram is unseen and there is no smoothing.

        Raises:
            TypeError, ValueError: `x` is not a text as described for `fit`.
            RuntimeError: not fitted yet.

        """
        numbers = self._numbers(self._checked("x", x))
        return self._mixture(numbers[:-1, :-1], numbers[1:, 1:]).log()

    def perplexity(self, x: Integer[Tensor, " tokens"]) -> float:
        """Return exp(-log p(x) / tokens); infinite where `x` is impossible."""
        return self.log_prob(x).mean().neg().exp().item()

    def bits_per_token(self, x: Integer[Tensor, " tokens"]) -> float:
        """Return -log₂ p(x) / tokens; infinite where `x` is impossible."""
        return -self.log_prob(x).mean().item() / math.log(2)

    def seen_share(self, x: Integer[Tensor, " tokens"]) -> Float64[Tensor, " order"]:
        """Return the fraction of the k-grams of `x` that occur in the training text, k = 1 to n; `x` has at least n."""
        numbers = self._numbers(self._checked("x", x, least=self.order))
        return torch.stack([(hw[k:] >= 0).double().mean() for k, hw in enumerate(numbers)][1:])

    def probabilities(self, context: Integer[Tensor, "*batch length"]) -> Float64[Tensor, "*batch V"]:
        """Return p(w | context) for every token w.

        Args:
            context: the tokens before w, of one or of many; the last n - 1 are read. There may be fewer, or none.

        Raises:
            RuntimeError: not fitted yet.

        """
        context = self._checked("context", context, "[..., length]", least=0)
        h = self._numbers(context[..., max(0, context.shape[-1] - self.order + 1) :])[:-1, ..., -1:]
        w = torch.arange(self.vocabulary_size, device="cpu")
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
            RuntimeError: not fitted yet.

        """
        n, temperature = checks.positive_int("n", n), checks.number("temperature", temperature, low=0)
        checks.generator("generator", generator)
        text = self._checked("prompt", prompt, "[batch, time]")
        for _ in range(n):
            log_p = self.probabilities(text).log()
            p = ((log_p - log_p.amax(dim=1, keepdim=True)) / max(temperature, 1e-30)).softmax(dim=1)
            text = torch.cat([text, torch.multinomial(p, 1, generator=generator)], dim=1)
        return text

    def _table(self, keys: Tensor, c: Tensor, contexts: int) -> _Table:
        D = torch.zeros(4, dtype=torch.float64, device="cpu")  # of counts 0, 1, 2 and from 3 on
        if self.smoothing == "kneser-ney":
            D[1:] = torch.tensor(discounts(c) if self.discount is None else self.discount, dtype=D.dtype, device="cpu")
        h, D_c = keys // self.vocabulary_size, D[c.clamp(max=3)]
        total = torch.bincount(h, c.double(), contexts)  # c(h·)
        alpha = (c - D_c) / total.clamp(min=1)[h]  # α = max(c(hw) - D, 0) / c(h·)
        gamma = torch.bincount(h, D_c, contexts) / total  # γ = Σ_w min(D, c(hw)) / c(h·)
        return _Table(keys, alpha, gamma.where(total > 0, 1), total)

    def _numbers(self, x: Int64[Tensor, "*batch tokens"]) -> Int64[Tensor, "lengths *batch positions"]:
        """Return for k = 0 to n the number of the k-gram before each token and after the last, -1 where unseen."""
        if not self._tables:
            raise RuntimeError("NGram: expected a fitted model, got a new one: call fit(x) first")
        numbers = [x.new_zeros(*x.shape[:-1], x.shape[-1] + 1)]
        for table in self._tables:
            hw = table.find(numbers[-1][..., :-1] * self.vocabulary_size + x)
            numbers.append(pad(hw, (1, 0), value=-1))
        return torch.stack(numbers)

    def _models(self, h: Int64[Tensor, "order ..."], hw: Int64[Tensor, "order ..."]) -> tuple[Tensor, Tensor]:
        """Return p_0 to p_n [n + 1, *tokens] and the bucket that each h is in, given their numbers for k = 1 to n."""
        p = [torch.full_like(hw[0], 1 / self.vocabulary_size, dtype=torch.float64)]  # p_0(w) = 1 / V
        for table, h_k, hw_k in zip(self._tables, h, hw, strict=True):
            alpha = table.alpha[hw_k].where(hw_k >= 0, 0)
            gamma = table.gamma[h_k].where(h_k >= 0, 1)
            p.append(alpha + gamma * p[-1])  # p_k(w | h) = α_k(hw) + γ_k(h) p_{k-1}(w | h')
        f = table.total[h_k].where(h_k >= 0, 0)  # how often h occurs; T is the length of the text
        return torch.stack(p), torch.log(self._tokens / (1 + f)).ceil().clamp(min=0).long()  # ⌈-log((1 + f) / T)⌉

    def _mixture(self, h: Int64[Tensor, "order ..."], hw: Int64[Tensor, "order ..."]) -> Float64[Tensor, "..."]:
        p, bucket = self._models(h, hw)
        return p[-1] if self._weights is None else (self._weights[:, bucket] * p).sum(dim=0)  # Σ_k λ_k p_k

    def _fitted_weights(self, held_out: Int64[Tensor, " tokens"]) -> Float64[Tensor, "models buckets"]:
        """Return the λ of each bucket that make the held-out text likeliest."""
        numbers = self._numbers(held_out)
        p, bucket = self._models(numbers[:-1, :-1], numbers[1:, 1:])
        equal = torch.full_like(p[:, :1], 1 / len(p))
        of_all = likeliest_weights(equal, p, torch.zeros_like(bucket))  # they stay where a bucket has no held-out token
        return likeliest_weights(of_all.repeat(1, math.ceil(math.log(self._tokens)) + 1), p, bucket)

    def _checked(self, name: str, x: object, shape: str = "[tokens]", least: int = 1) -> Int64[Tensor, "..."]:
        expected = f"{name}: expected integers from 0 to {self.vocabulary_size - 1}, {shape}, on the CPU"
        if not isinstance(x, Tensor):
            raise TypeError(f"{expected}, got {type(x).__name__}")
        if x.dtype not in checks.INTEGERS or x.device.type != "cpu":
            unsigned = "; write .long()" if str(x.dtype).startswith("torch.uint") else ""
            raise TypeError(f"{expected}, got {x.dtype} on {x.device}{unsigned}")
        if not x.dim() or (x.dim() != shape.count(",") + 1 and "..." not in shape) or len(x) < least:
            raise ValueError(f"{expected}, at least {least} of them, got {list(x.shape)}")
        low, high = checks.lowest_and_highest(x) if x.numel() else (0, 0)
        if low < 0 or high >= self.vocabulary_size:
            raise ValueError(f"{expected}, got {low} to {high}")
        return x.long()
