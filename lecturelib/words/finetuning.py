"""Finetuning: a task's small network on top of a masked language model, all trained together.

Devlin, Chang, Lee and Toutanova, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
NAACL 2019, Section 3.2.

    e = (h(x) - m) / s         h: final hidden states; m, s: their mean and standard deviation before finetuning
    p(tag of word t) and p(class of a sentence): as in `tasks`, from these e

A frozen model gives each word the same features in every epoch, which can be computed once and looked up. Here they
change with each step, so that the model reads the sentences of every batch.

    >>> net = WindowTagger(Lookup(torch.zeros(0, model.E.shape[1]), finetune=True), num_tags=17)
    >>> tuned = Finetuned(model, net, mean, deviation)
    >>> tuned(x, positions, shapes)             # [sentences, longest, tags]
"""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import embedding, pad

from lecturelib import checks
from lecturelib.words.masked_lm import MaskedLM
from lecturelib.words.tasks import SentenceClassifier, WindowTagger

UNKNOWN, EDGE = -1, -2  # in place of a position: the word is not read; there is no word


class Finetuned(nn.Module):
    """Scores of tags or classes from sentences.

    Args:
        model: reads the words; training changes it, so give a copy.
        net: the network on top. Its lookup has no features but those of unknown words and of sentences' edges.
        mean, deviation: of the hidden states over the task's training sentences, before finetuning.

    Raises:
        ValueError: the net's lookup has features of its own, or of another length than the model's.

    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        model: MaskedLM,
        net: WindowTagger | SentenceClassifier,
        mean: Float[Tensor, " d"],
        deviation: Float[Tensor, " d"],
    ) -> None:
        expected = [2, model.E.shape[1]]
        if list(net.e.table.shape) != expected:
            raise ValueError(f"net: expected a lookup of no words, {expected}, got {list(net.e.table.shape)}")
        super().__init__()
        self.model, self.net = model, net
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)

    def forward(
        self,
        x: Int64[Tensor, "sentences read"],
        positions: Int64[Tensor, "sentences longest"],
        shapes: Int64[Tensor, "sentences longest"],
    ) -> Float[Tensor, "sentences outputs"] | Float[Tensor, "sentences words outputs"]:
        """Return a score for each class of a sentence, or for each tag of each word.

        Args:
            x: numbers of the words that the model reads, and its padding behind them.
            positions: of each word of a sentence in `x`; `UNKNOWN` if it is not read, `EDGE` behind the last.
            shapes: of the words; 0, the edge's, behind the last.

        """
        x, positions, shapes = self._trimmed(x, positions, shapes)
        h = self.model.hidden_states(x, len(self.model.layers))
        table = torch.cat([((h - self.mean) / self.deviation).flatten(0, 1), self.net.e.table.to(h.dtype)])
        first = x.shape[1] * torch.arange(len(x), device=x.device).unsqueeze(1)
        rows = torch.where(positions >= 0, first + positions, x.numel() - 1 - positions)
        if isinstance(self.net, SentenceClassifier):
            return self.net.scores(embedding(rows, table), positions != EDGE)
        reach = self.net.reach
        around, edges = 2 * reach + 1, (reach, reach)
        rows = pad(rows, edges, value=x.numel() - 1 - EDGE).unfold(1, around, 1)
        return self.net.scores(embedding(rows, table), pad(shapes, edges).unfold(1, around, 1))

    def _trimmed(self, x: Tensor, positions: Tensor, shapes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Trim padding beyond the longest sentence of the batch; elsewhere than on a CPU that would mean to wait."""
        if not checks.can_read(x):
            return x, positions, shapes
        x = x[:, : int((x != self.model.padding_index).sum(dim=1).max())]
        words = int((positions != EDGE).sum(dim=1).max())
        return x, positions[:, :words], shapes[:, :words]
