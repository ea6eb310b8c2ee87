"""Finetuning: a task's small net on top of a masked language model, and all of it trained.

Devlin, Chang, Lee and Toutanova, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
NAACL 2019, Section 3.2.

    e = (h(x) - m) / s         h: the model's last layer; m, s: mean and deviation of its features before finetuning
    p(tag of word t) and p(class of a sentence): as in `tasks`, from these e

A frozen model gives each word the same features in every epoch, which can be computed once and looked up. Here they
change with each step, so that the model reads the sentences of every batch.

    >>> net = WindowTagger(Lookup(torch.zeros(0, model.E.shape[1]), finetune=True), tags=17)
    >>> tuned = Finetuned(model, net, mean, deviation)
    >>> tuned(x, at, shapes)                    # [sentences, longest, tags]
"""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import embedding, pad

from lecturelib.words.masked_lm import MaskedLM
from lecturelib.words.tasks import SentenceClassifier, WindowTagger

UNKNOWN, EDGE = -1, -2  # in place of where a word is read: it is not read; there is no word


class Finetuned(nn.Module):
    """Scores of tags or classes from sentences.

    Args:
        model: reads the words; it is changed by the training, so give a copy.
        net: what is on top. Its lookup has no features, only those of unknown words and of sentences' edges.
        mean, deviation: of the model's features over the task's training sentences, before finetuning.

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
        at: Int64[Tensor, "sentences longest"],
        shapes: Int64[Tensor, "sentences longest"],
    ) -> Float[Tensor, "sentences outputs"] | Float[Tensor, "sentences words outputs"]:
        """Return a score for each class of a sentence, or for each tag of each word.

        Args:
            x: numbers of the words that the model reads, and its padding behind them.
            at: for each word of a sentence its place in `x`; `UNKNOWN` if it is not read, `EDGE` behind the last.
            shapes: of the words; 0, the edge's, behind the last.

        """
        # what is behind the longest sentence of this batch costs time and tells nothing
        x = x[:, : int((x != self.model.padding).sum(dim=1).max())]
        words = int((at != EDGE).sum(dim=1).max())
        at, shapes = at[:, :words], shapes[:, :words]
        h = self.model.hidden(x, len(self.model.layers))
        table = torch.cat([((h - self.mean) / self.deviation).flatten(0, 1), self.net.e.table.to(h.dtype)])
        first = x.shape[1] * torch.arange(len(x), device=x.device).unsqueeze(1)
        rows = torch.where(at >= 0, first + at, x.numel() - 1 - at)
        if isinstance(self.net, SentenceClassifier):
            return self.net.scores(embedding(rows, table), at != EDGE)
        reach = self.net.reach
        around, edges = 2 * reach + 1, (reach, reach)
        rows = pad(rows, edges, value=x.numel() - 1 - EDGE).unfold(1, around, 1)
        return self.net.scores(embedding(rows, table), pad(shapes, edges).unfold(1, around, 1))
