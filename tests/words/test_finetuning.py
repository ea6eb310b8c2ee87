"""Finetuning: the network on top of the model against its formula, word by word, and what is trained."""

import pytest
import torch
from small_masked_lm import small
from torch.nn.functional import cross_entropy, hardtanh, pad
from torch.testing import assert_close

from lecturelib.words.finetuning import EDGE, UNKNOWN, Finetuned
from lecturelib.words.tasks import Lookup, SentenceClassifier, WindowTagger


def on_top(vocabulary, kind, finetune=False):
    """A model of 8 numbers a word with a net on top, in double precision, and features that are not standardised."""
    torch.manual_seed(0)
    model, lookup = small(vocabulary), Lookup(torch.zeros(0, 8), finetune=finetune)
    if finetune:
        torch.nn.init.normal_(lookup.table)
    net = SentenceClassifier(lookup, 2) if kind == "class" else WindowTagger(lookup, 3, hidden_size=5, shape_features=2)
    return Finetuned(model, net.double(), torch.randn(8).double(), 1 + torch.rand(8).double()).double()


def sentences(model):
    """Three sentences: one of four words of which the second is not read, one of one word, one of three."""
    p = model.model.padding_index
    x = torch.tensor([[0, 3, 5, p], [7, p, p, p], [1, 2, 3, p]])
    positions = torch.tensor([[0, UNKNOWN, 1, 2, EDGE], [0, *4 * [EDGE]], [0, 1, 2, EDGE, EDGE]])
    shapes = torch.tensor([[1, 6, 2, 1, 0], [3, 0, 0, 0, 0], [1, 1, 4, 0, 0]])
    return x, positions, shapes


def features(model, x, positions):
    """For each sentence its words' features, one by one."""
    unknown = model.net.e.table[0]
    found = []
    for numbers, own in zip(x, positions, strict=True):
        h = model.model.hidden_states(numbers[numbers != model.model.padding_index][None], 2)[0]
        e = (h - model.mean) / model.deviation
        found.append(torch.stack([unknown if k == UNKNOWN else e[k] for k in own.tolist() if k != EDGE]))
    return found


@pytest.mark.parametrize("finetune", [False, True])
def test_the_tagger_reads_the_words_around_a_word(vocabulary, finetune):
    model = on_top(vocabulary, "tags", finetune)
    x, positions, shapes = sentences(model)
    scores, net = model(x, positions, shapes), model.net
    assert scores.shape == (3, 4, 3)  # no sentence has five words
    edge = net.e.table[1].expand(2, -1)
    for i, e in enumerate(features(model, x, positions)):
        around = torch.cat([edge, e, edge])
        c = net.c.weight[pad(shapes[i, : len(e)], (2, 2))]
        for t in range(len(e)):
            x_t = torch.cat([around[t : t + 5], c[t : t + 5]], dim=1).flatten()
            a = net.H.bias + net.H.weight @ x_t
            assert_close(scores[i, t], net.U.bias + net.U.weight @ hardtanh(a))


def test_the_classifier_takes_the_mean_of_all_words(vocabulary):
    model = on_top(vocabulary, "class", finetune=True)
    x, positions, shapes = sentences(model)
    means = torch.stack([e.mean(dim=0) for e in features(model, x, positions)])
    assert_close(model(x, positions, shapes), means @ model.net.U.weight.T + model.net.U.bias)


@pytest.mark.parametrize("kind", ["class", "tags"])
def test_all_of_it_is_trained(vocabulary, kind):
    model = on_top(vocabulary, kind, finetune=True)
    scores = model(*sentences(model))
    cross_entropy(scores.flatten(0, -2), torch.zeros(scores.shape[:-1].numel(), dtype=torch.long)).backward()
    read = dict(model.model.layers.named_parameters()) | {"E": model.model.E, "P": model.model.P}
    changed = {name: p for name, p in read.items() if not name.endswith("qkv.bias")}  # a key's bias changes nothing
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in changed.values())
    table = model.net.e.table
    assert table.grad[0].abs().max() > 0
    assert (table.grad[1].abs().max() > 0) == (kind == "tags")  # a mean has no edges
    assert model.mean.grad is None


def test_features_of_its_own_are_refused(vocabulary, plain_errors):
    model, net = small(vocabulary), SentenceClassifier(Lookup(torch.zeros(3, 8), finetune=False), 2)
    with pytest.raises(ValueError, match=r"^net: expected a lookup of no words, \[2, 8\], got \[5, 8\]$"):
        Finetuned(model, net, torch.zeros(8), torch.ones(8))
