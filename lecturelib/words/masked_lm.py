"""MaskedLM: a transformer that reads the words on both sides predicts the words that are masked.

Devlin, Chang, Lee and Toutanova, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
NAACL 2019. 15% of the words of each text are selected; a selected word x_i is replaced by

    [MASK] with probability 0.8,   another word, drawn uniformly, with 0.1,   x_i itself with 0.1.

Let x̃ be the corrupted text and M the selected positions. The loss is the cross-entropy of the original words at M:

    loss = -1/#M Σ_{i in M} log p(x_i | x̃),      p(x_i | x̃) = softmax(E norm(gelu(A h_i + a)) + b)_{x_i}

h are the transformer's final hidden states; E is the token embedding, tied with the output layer as in the paper. What
differs from the paper: tokens are whole words; each block normalises first; the heads of the first block begin by
attending to the words beside; there is no dropout, and no second task (next-sentence prediction).

    >>> model = MaskedLM(vocabulary, embedding_dim=160, num_layers=3)
    >>> nats = model.loss(x)                                   # x: integers [batch, time]
    >>> model.fill("paris is the capital of [MASK]")           # for each [MASK] words and their probabilities
    >>> model.features([["the", "river", "bank"]])             # one tensor [words, embedding_dim] per sentence
"""

import math
from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Bool, Float, Int64, Integer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, gelu, linear

from lecturelib import checks
from lecturelib.sampling import uniform
from lecturelib.words.tags import strings
from lecturelib.words.transformer import TransformerBlock, check_heads, init_local_attention, sinusoidal_positions
from lecturelib.words.vocabulary import Vocabulary

MASK = "[MASK]"
MASKED, REPLACED = 0.8, 0.1  # of the selected words; the other 0.1 stay as they are
IGNORED = -100  # a target that cross_entropy leaves out
EVAL_BATCH_SIZE = 64  # sentences


class MaskedLM(nn.Module):
    """The model, over the words of a vocabulary. In the docstring's symbols: E [V + 1, d], A [d, d], a [d], b [V].

    Special words (the vocabulary's unknown one, and marks such as the end of a paragraph) are read like others, but
    never selected and never predicted.

    Args:
        vocabulary: the V words; [MASK] must not be among them, and gets the number V.
        embedding_dim: d.
        num_heads: number of attention heads, a divisor of d.
        num_layers: number of transformer blocks.
        max_length: the largest number of words read at once. The position embedding P [max_length, d] is learnt, as in
            the paper, but begins as the sinusoids of Vaswani et al., which make "the word before" the same everywhere.
        mask_probability: of a word to be selected; the paper's is 0.15.
        special: the marks; any that are not in the vocabulary are ignored.

    Attributes:
        mask_index: V, the number of [MASK].
        padding_index: V + 1, which follows the words of a shorter text.
        maskable: which numbers may be selected, bool [V + 2].

    """

    maskable: Tensor

    def __init__(
        self,
        vocabulary: Vocabulary,
        embedding_dim: int = 160,
        num_heads: int = 4,
        num_layers: int = 3,
        *,
        max_length: int = 64,
        mask_probability: float = 0.15,
        special: Iterable[str] = ("\n",),
    ) -> None:
        maskable = _maskable(vocabulary, special)
        d, V = checks.positive_int("embedding_dim", embedding_dim), len(vocabulary)
        check_heads(num_heads, d)
        super().__init__()
        self.vocabulary, self.mask_index, self.padding_index = vocabulary, V, V + 1
        self.max_length = checks.positive_int("max_length", max_length)
        self.mask_probability = checks.probability("mask_probability", mask_probability)
        self.E = nn.Parameter(0.05 * torch.randn(V + 1, d))
        self.P = nn.Parameter(sinusoidal_positions(self.max_length, d))
        blocks = [TransformerBlock(d, num_heads) for _ in range(checks.positive_int("num_layers", num_layers))]
        init_local_attention(blocks[0].qkv, num_heads)
        self.layers = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(d)
        self.A, self.norm_out = nn.Linear(d, d), nn.LayerNorm(d)
        self.b = nn.Parameter(torch.zeros(V))
        self.register_buffer("maskable", torch.tensor(maskable))

    def forward(self, x: Integer[Tensor, "batch time"]) -> Float[Tensor, "batch time V"]:
        """Return the logits of all words at each position; those of special words are minus infinity.

        Args:
            x: at most `max_length` words per row; [MASK] is V, and `padding_index` fills up shorter texts.

        """
        self._check("x", x)
        return self.head(self._hidden_states(x.long()))

    def head(self, h: Float[Tensor, "*shape dim"]) -> Float[Tensor, "*shape V"]:
        """Return E norm(gelu(A h + a)) + b; special words get minus infinity."""
        y = linear(self.norm_out(gelu(self.A(h))), self.E[: self.mask_index], self.b)
        return y.masked_fill(~self.maskable[: self.mask_index], -torch.inf)

    def hidden_states(
        self, x: Integer[Tensor, "batch time"], layer: int | None = None
    ) -> Float[Tensor, "batch time dim"]:
        """Return h, the hidden states after `layer` blocks (0 is before the first).

        Args:
            x: as for `forward`.
            layer: None for all, followed by the last normalisation.

        """
        self._check("x", x)
        if layer is not None:
            layer = checks.integer_between("layer", layer, 0, len(self.layers))
        return self._hidden_states(x.long(), layer)

    def _hidden_states(
        self, x: Int64[Tensor, "batch time"], layer: int | None = None
    ) -> Float[Tensor, "batch time dim"]:
        not_padding: Tensor | None = x != self.padding_index
        # h_i = √d E_{x_i} + P_i: the root, of Vaswani et al., keeps words from drowning in what the layers add
        h = self.E.shape[1] ** 0.5 * self.E[x.where(x != self.padding_index, self.mask_index)] + self.P[: x.shape[1]]
        if checks.can_read(x) and x.max() < self.padding_index:
            not_padding = None  # attention is faster without a mask
        for block in self.layers[:layer]:
            h = block(h, not_padding)
        return self.norm(h) if layer is None else h

    def mask_tokens(
        self, x: Integer[Tensor, "batch time"], generator: torch.Generator | None = None
    ) -> tuple[Int64[Tensor, "batch time"], Bool[Tensor, "batch time"]]:
        """Select maskable words at random; return the corrupted text x̃ and the selected positions."""
        self._check("x", x)
        checks.generator("generator", generator)
        x = x.long()
        chance, kind = uniform((2, *x.shape), like=self.E, generator=generator)
        selected = self.maskable[x] & (chance < self.mask_probability)
        number = self.maskable.cumsum(0)  # 1 for the first maskable word, 2 for the second, …
        drawn = (uniform(x.shape, like=self.E, generator=generator) * number[-1]).long()
        other = torch.searchsorted(number, drawn + 1)
        corrupted = x.where(kind >= MASKED + REPLACED, other).where(kind >= MASKED, self.mask_index)
        return corrupted.where(selected, x), selected

    def loss(self, x: Integer[Tensor, "batch time"], generator: torch.Generator | None = None) -> Float[Tensor, ""]:
        """Return the mean of -log p(x_i | x̃) over newly selected words, in nats per word; 0 where none was selected.

        The softmax is taken at the selected positions only, which saves most of its time.
        """
        corrupted, selected = self.mask_tokens(x, generator)
        i = self._positions(selected)
        y = self.head(self._hidden_states(corrupted).flatten(0, 1)[i])
        target = x.long().where(selected, IGNORED).flatten()[i]
        y = y.to(torch.promote_types(y.dtype, torch.float32))
        nats = cross_entropy(y, target, reduction="sum", ignore_index=IGNORED)
        return nats / (target != IGNORED).sum().clamp(min=1)

    def _positions(self, selected: Bool[Tensor, "batch time"]) -> Int64[Tensor, " positions"]:
        """Return the selected positions of the flattened batch.

        Off the CPU as many as are hardly ever exceeded, the last ones not selected: how many exactly is known only
        after the device has finished.
        """
        if checks.can_read(selected):
            return selected.flatten().nonzero()[:, 0]
        n, p = selected.numel(), self.mask_probability
        most = min(n, math.ceil(n * p + 8 * math.sqrt(n * p * (1 - p)) + 8))
        return selected.flatten().byte().topk(most).indices

    @torch.no_grad()
    def log_prob(
        self, x: Integer[Tensor, "batch time"], masked: Bool[Tensor, "batch time"]
    ) -> Float[Tensor, "positions V"]:
        """Return log p(w | the rest) in nats for every word w, at each of the masked positions.

        All of them are replaced by [MASK] at once; the words there in `x` make no difference.
        """
        self._check("x", x)
        if not isinstance(masked, Tensor) or masked.dtype != torch.bool:
            got = masked.dtype if isinstance(masked, Tensor) else type(masked).__name__
            raise TypeError(f"masked: expected booleans, got {got}")
        if masked.shape != x.shape:
            raise ValueError(f"masked: expected the shape of x, {list(x.shape)}, got {list(masked.shape)}")
        corrupted = x.long().masked_fill(masked, self.mask_index)
        y = self.head(self._hidden_states(corrupted)[masked])
        return y.to(torch.promote_types(y.dtype, torch.float32)).log_softmax(dim=-1)

    def fill(self, text: str | Sequence[str], top: int = 10) -> list[list[tuple[str, float]]]:
        """Return for each [MASK] the most probable words with their probabilities, the most probable first.

        Of words with equal probabilities the more frequent one is first.

        Args:
            text: words separated by spaces, or a list of words; at most `max_length`. A word that is not in the
                vocabulary is read as its unknown word.
            top: number of words for each [MASK].

        Raises:
            TypeError, ValueError: no word, more than `max_length`, no [MASK], or a word which the vocabulary lacks and
                has no unknown one for (the nearest spellings are named).

        """
        top = checks.positive_int("top", top)
        words = text.split() if isinstance(text, str) else list(text)
        if not 0 < len(words) <= self.max_length:
            raise ValueError(f"text: expected 1 to {self.max_length} words, got {len(words)}")
        if MASK not in words:
            raise ValueError(f"text: expected a {MASK} among the words, got {' '.join(words)!r}")
        numbers = [self.mask_index if word == MASK else self.vocabulary.index(word) for word in words]
        x = torch.tensor([numbers], device=self.E.device)
        best = self.log_prob(x, x == self.mask_index).exp().sort(dim=1, descending=True, stable=True)
        top = min(top, int(self.maskable.sum()))
        return [
            list(zip(self.vocabulary.decode(i[:top]), p[:top], strict=True))
            for i, p in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ]

    @torch.no_grad()
    def features(self, sentences: Iterable[Sequence[str]], layer: int | None = None) -> list[Tensor]:
        """Return the hidden states of every word of each sentence: one float tensor [words, d] per sentence.

        A sentence that is longer than `max_length` is read in windows that overlap by half, and each word's state is
        taken from the window which shows the most on both its sides.

        Args:
            sentences: lists of words; those which are not in the vocabulary share its unknown word.
            layer: as for `hidden_states`.

        Raises:
            TypeError, ValueError: a sentence is a string or empty, or a word is absent and there is no unknown one.

        """
        encoded = _encoded(sentences, self.vocabulary)
        windows = [(k, start) for k, x in enumerate(encoded) for start in self._starts(len(x))]
        windows.sort(key=lambda window: len(encoded[window[0]]))  # a batch is of about one length
        found = [torch.empty(len(x), self.E.shape[1], dtype=self.E.dtype, device="cpu") for x in encoded]
        for some in (windows[i : i + EVAL_BATCH_SIZE] for i in range(0, len(windows), EVAL_BATCH_SIZE)):
            rows = [encoded[k][start : start + self.max_length] for k, start in some]
            x = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=self.padding_index)
            states = self.hidden_states(x.to(self.E.device), layer).cpu()
            for (k, start), row, h in zip(some, rows, states, strict=True):
                skip = self.max_length // 4 if start else 0  # the window before shows more on the left of these
                found[k][start + skip : start + len(row)] = h[skip : len(row)]
        return found

    def _starts(self, n: int) -> list[int]:
        """Return where the windows of a sentence of `n` words begin, the last one as late as is of use."""
        longest = self.max_length
        return [*range(0, max(n - longest, 0), max(longest // 2, 1)), max(n - longest, 0)]

    def _check(self, name: str, x: object) -> None:
        expected = f"{name}: expected integers from 0 to {self.padding_index}, [batch, at most {self.max_length}]"
        if not isinstance(x, Tensor) or x.dtype not in checks.INTEGERS:
            raise TypeError(f"{expected}, got {x.dtype if isinstance(x, Tensor) else type(x).__name__}")
        if x.dim() != 2 or not x.numel() or x.shape[1] > self.max_length:
            raise ValueError(f"{expected}, not empty, got {list(x.shape)}")
        if x.device != self.E.device:
            raise ValueError(f"{name}: expected a tensor on {self.E.device} (the model's), got one on {x.device}")
        low, high = checks.lowest_and_highest(x) if checks.can_read(x) else (0, 0)
        if not 0 <= low <= high <= self.padding_index:
            raise ValueError(f"{expected}, got {low} to {high}")


def _maskable(vocabulary: Vocabulary, special: Iterable[str]) -> list[bool]:
    """Return for each word whether it may be selected, and False for [MASK] and the padding."""
    if not isinstance(vocabulary, Vocabulary):
        raise TypeError(f"vocabulary: expected a Vocabulary, got {type(vocabulary).__name__}")
    if MASK in vocabulary:
        raise ValueError(f"vocabulary: expected words other than {MASK}, got it among them")
    never = {*strings("special", [special] if isinstance(special, str) else special), vocabulary.unknown}
    if never.issuperset(vocabulary):
        raise ValueError(f"vocabulary: expected a word that is not special, got {list(vocabulary)[:5]}")
    return [*(word not in never for word in vocabulary), False, False]


def _encoded(sentences: Iterable[Sequence[str]], vocabulary: Vocabulary) -> list[Int64[Tensor, " words"]]:
    """Return each sentence as numbers of words."""
    if not isinstance(sentences, Iterable):
        raise TypeError(f"sentences: expected lists of words, got {sentences!r} ({type(sentences).__name__})")
    sentences = [sentences] if isinstance(sentences, str) else list(sentences)
    if any(isinstance(sentence, str) for sentence in sentences):
        raise TypeError("sentences: expected lists of words, got a string: split() it")
    encoded = [torch.tensor([vocabulary.index(word) for word in words], device="cpu") for words in sentences]
    for k, x in enumerate(encoded):
        if not len(x):
            raise ValueError(f"sentences: expected at least one word in each, got none in number {k}")
    return encoded
