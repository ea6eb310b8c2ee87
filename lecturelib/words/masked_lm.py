"""MaskedLM: words are hidden, and a transformer that reads both sides of them says which they were.

Devlin, Chang, Lee and Toutanova, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
NAACL 2019. From each text 15% of the words are selected; what the model reads in the place of a selected word x_i is

    [MASK] with probability 0.8,   another word, drawn uniformly, with 0.1,   x_i itself with 0.1;

call this x̃, and the selected places M. It is trained to make the words that were there likely:

    loss = -1/#M Σ_{i in M} log p(x_i | x̃),      p(x_i | x̃) = softmax(E norm(gelu(A h_i + a)) + b)_{x_i}

h is what a transformer makes of the text, and E, as in the paper, the same matrix that turns words into vectors. What
differs from the paper: the units are whole words; the norms come first in each layer; the heads of the first layer
begin by looking at the words beside; there is no dropout, and no second task (whether two sentences follow each other).

    >>> model = MaskedLM(vocabulary, dim=160, layers=3)
    >>> nats = model.loss(x)                                   # x: integers [batch, time]
    >>> model.fill("paris is the capital of [MASK]")           # for each [MASK] words and their probabilities
    >>> model.features([["the", "river", "bank"]])             # one tensor [words, dim] a sentence
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int64, Integer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, gelu, linear

from lecturelib import checks
from lecturelib.words.transformer import Layer, look_beside, waves
from lecturelib.words.vocabulary import Vocabulary

MASK = "[MASK]"
MASKED, REPLACED = 0.8, 0.1  # of the selected words; the other 0.1 stay as they are
PIECE = 64  # sentences that are read at once


class MaskedLM(nn.Module):
    """The model, over the words of a vocabulary. In the docstring's symbols: E [V + 1, d], A [d, d], a [d], b [V].

    Special words (the vocabulary's unknown one, and marks such as the end of a paragraph) are read like others, but
    never selected and never expected.

    Args:
        vocabulary: the V words; [MASK] must not be among them, and gets the number V.
        dim: d.
        heads: number of attention heads, a divisor of d.
        layers: how many.
        length: the most words that are read at once; each of these places has a vector P_i of its own, which is learnt,
            as in the paper, but begins with the waves of Vaswani et al., for which "the word before" is the same thing
            everywhere.
        share: of the words that are selected; the paper's is 0.15.
        special: the marks; those which are not in the vocabulary do no harm.

    Attributes:
        padding: the number V + 1, which stands where there is no word.

    Raises:
        TypeError, ValueError: an argument is not as described, or all words are special.

    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        dim: int = 160,
        heads: int = 4,
        layers: int = 3,
        *,
        length: int = 64,
        share: float = 0.15,
        special: Sequence[str] = ("\n",),
    ) -> None:
        for name, size in [("dim", dim), ("heads", heads), ("layers", layers), ("length", length)]:
            checks.positive_int(name, size)
        checks.probability("share", share)
        if dim % heads:
            raise ValueError(f"heads: expected a divisor of dim, {dim}, got {heads}")
        if not isinstance(vocabulary, Vocabulary):
            raise TypeError(f"vocabulary: expected a Vocabulary, got {type(vocabulary).__name__}")
        if MASK in vocabulary:
            raise ValueError(f"vocabulary: expected words other than {MASK}, got it among them")
        never = [word in special or word == vocabulary.unknown for word in vocabulary]
        if all(never):
            raise ValueError(f"vocabulary: expected a word that is not special, got {list(vocabulary)[:5]}")
        super().__init__()
        self.vocabulary, self.length, self.share = vocabulary, length, share
        self.mask, self.padding = len(vocabulary), len(vocabulary) + 1
        self.E = nn.Parameter(0.05 * torch.randn(len(vocabulary) + 1, dim))
        self.P = nn.Parameter(waves(length, dim))
        blocks = [Layer(dim, heads) for _ in range(layers)]
        look_beside(blocks[0].qkv, heads)
        self.layers = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(dim)
        self.A, self.norm_out = nn.Linear(dim, dim), nn.LayerNorm(dim)
        self.b = nn.Parameter(torch.zeros(len(vocabulary)))
        # Whether a number may be selected; also those of [MASK] and the padding have a place.
        self.register_buffer("ordinary", ~torch.tensor([*never, True, True]), persistent=False)
        self.ordinary: Tensor

    def hidden(self, x: Integer[Tensor, "batch time"], layer: int | None = None) -> Float[Tensor, "batch time dim"]:
        """Return h, what the words and their places become after `layer` layers (0 is before the first).

        Args:
            x: at most `length` words a row; [MASK] is V, and `padding` stands behind shorter texts.
            layer: None for all, and then a norm.

        Raises:
            TypeError, ValueError: an argument is not as described.

        """
        self._check("x", x)
        if layer is not None:
            checks.integer_between("layer", layer, 0, len(self.layers))
        return self._hidden(x.long(), layer)

    def _hidden(self, x: Int64[Tensor, "batch time"], layer: int | None = None) -> Float[Tensor, "batch time dim"]:
        seen = x != self.padding
        # h_i = √d E_{x_i} + P_i: the root, of Vaswani et al., keeps words from drowning in what the layers add
        h = self.E.shape[1] ** 0.5 * self.E[x.where(seen, self.mask)] + self.P[: x.shape[1]]
        for block in self.layers[:layer]:
            h = block(h, None if seen.all() else seen)
        return self.norm(h) if layer is None else h

    def logits(self, h: Float[Tensor, "*shape dim"]) -> Float[Tensor, "*shape V"]:
        """Return E norm(gelu(A h + a)) + b; special words get minus infinity."""
        y = linear(self.norm_out(gelu(self.A(h))), self.E[: self.mask], self.b)
        return y.masked_fill(~self.ordinary[: self.mask], -torch.inf)

    def select(
        self, x: Integer[Tensor, "batch time"], generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Select a share of the ordinary words; return x̃, what is read instead of x, and where they are.

        Raises:
            TypeError, ValueError: `x` is not as described for `hidden`.

        """
        self._check("x", x)
        chance, kind = torch.rand(2, *x.shape, generator=generator, device=(generator or x).device).to(x.device)
        selected = self.ordinary[x.long()] & (chance < self.share)
        words = self.ordinary.nonzero()[:, 0]
        other = words[(torch.rand(x.shape, generator=generator, device=(generator or x).device) * len(words)).long()]
        read = x.long().where(kind >= MASKED + REPLACED, other).where(kind >= MASKED, self.mask)
        return read.where(selected, x.long()), selected

    def loss(self, x: Integer[Tensor, "batch time"], generator: torch.Generator | None = None) -> Float[Tensor, ""]:
        """Return the mean of -log p(x_i | x̃) over newly selected words, in nats a word; 0 where none was selected.

        The softmax is taken at the selected places only, which saves most of its time.

        Raises:
            TypeError, ValueError: `x` is not as described for `hidden`.

        """
        read, selected = self.select(x, generator)
        y = self.logits(self._hidden(read)[selected])
        return cross_entropy(y.float(), x[selected].long(), reduction="sum") / selected.sum().clamp(min=1)

    @torch.no_grad()
    def log_prob(
        self, x: Integer[Tensor, "batch time"], hidden: Bool[Tensor, "batch time"]
    ) -> Float[Tensor, "places V"]:
        """Return log p(w | the rest) in nats for every word w, at each of the places that are hidden.

        All of them are replaced by [MASK] at once; what stands there in `x` makes no difference.

        Raises:
            TypeError, ValueError: `x` is not as described for `hidden`, or the shapes differ.

        """
        self._check("x", x)
        if hidden.shape != x.shape:
            raise ValueError(f"hidden: expected the shape of x, {list(x.shape)}, got {list(hidden.shape)}")
        read = x.long().masked_fill(hidden, self.mask)
        return self.logits(self._hidden(read)[hidden]).float().log_softmax(dim=-1)

    def fill(self, text: str | Sequence[str], top: int = 10) -> list[list[tuple[str, float]]]:
        """Return for each [MASK] the most probable words with their probabilities, the most probable first.

        Args:
            text: words with blanks between them, or a list of words; at most `length`. A word that is not in the
                vocabulary is read as its unknown word.
            top: how many.

        Raises:
            TypeError, ValueError: no word, more than `length`, no [MASK], or a word which the vocabulary lacks and
                has no unknown one for (the nearest spellings are named).

        """
        checks.positive_int("top", top)
        words = text.split() if isinstance(text, str) else list(text)
        if not 0 < len(words) <= self.length:
            raise ValueError(f"text: expected 1 to {self.length} words, got {len(words)}")
        if MASK not in words:
            raise ValueError(f"text: expected a {MASK} among the words, got {' '.join(words)!r}")
        x = torch.tensor([[self.mask if word == MASK else self.vocabulary.index(word) for word in words]])
        x = x.to(self.E.device)
        best = self.log_prob(x, x == self.mask).exp().topk(min(top, int(self.ordinary[: self.mask].sum())))
        return [
            list(zip(self.vocabulary.decode(i), p, strict=True))
            for i, p in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ]

    @torch.no_grad()
    def features(self, sentences: Sequence[Sequence[str]], layer: int | None = None) -> list[Tensor]:
        """Return h of every word of each sentence: one float tensor [words, dim] a sentence.

        A sentence that is longer than `length` is read in windows that overlap by half, and each word's h is taken
        from the window which shows the most on both its sides.

        Args:
            sentences: lists of words; those which are not in the vocabulary share its unknown word.
            layer: as for `hidden`.

        Raises:
            TypeError, ValueError: a sentence is a string or empty, or a word is absent and there is no unknown one.

        """
        if isinstance(sentences, str) or any(isinstance(sentence, str) for sentence in sentences):
            raise TypeError("sentences: expected lists of words, got a string: split() it")
        encoded = [torch.tensor([self.vocabulary.index(word) for word in words]) for words in sentences]
        for k, x in enumerate(encoded):
            if not len(x):
                raise ValueError(f"sentences: expected at least one word in each, got none in number {k}")
        windows = [(k, start) for k, x in enumerate(encoded) for start in self._starts(len(x))]
        windows.sort(key=lambda window: len(encoded[window[0]]))  # those read at once are of about one length
        found = [torch.empty(len(x), self.E.shape[1], dtype=self.E.dtype) for x in encoded]
        for some in (windows[i : i + PIECE] for i in range(0, len(windows), PIECE)):
            rows = [encoded[k][start : start + self.length] for k, start in some]
            x = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=self.padding)
            for (k, start), row, h in zip(some, rows, self.hidden(x.to(self.E.device), layer).cpu(), strict=True):
                skip = self.length // 4 if start else 0  # the window before shows more on the left of these
                found[k][start + skip : start + len(row)] = h[skip : len(row)]
        return found

    def _starts(self, n: int) -> list[int]:
        """Where the windows of a sentence of `n` words begin, the last one as late as is of use."""
        return [*range(0, max(n - self.length, 0), max(self.length // 2, 1)), max(n - self.length, 0)]

    def _check(self, name: str, x: object) -> None:
        expected = f"{name}: expected integers from 0 to {self.padding}, [batch, at most {self.length}], not empty"
        if not isinstance(x, Tensor) or x.is_floating_point() or x.dtype == torch.bool:
            raise TypeError(f"{expected}, got {x.dtype if isinstance(x, Tensor) else type(x).__name__}")
        if x.dim() != 2 or not x.numel() or x.shape[1] > self.length:
            raise ValueError(f"{expected}, got {list(x.shape)}")
        if x.device != self.E.device:
            raise ValueError(f"{name}: expected a tensor on {self.E.device} (the model's), got one on {x.device}")
        if x.min() < 0 or x.max() > self.padding:
            raise ValueError(f"{expected}, got {int(x.min())} to {int(x.max())}")
