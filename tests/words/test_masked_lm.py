"""MaskedLM: the law of masking, padding, learning, and bad input."""

import math

import pytest
import torch
from small_masked_lm import WORDS, seeded, small
from torch import nn

from lecturelib.words import MaskedLM, Vocabulary
from lecturelib.words.masked_lm import MASK


def within(count, n, p):
    """Whether a count lies within five standard deviations of what a binomial law expects."""
    return abs(count - n * p) < 5 * math.sqrt(n * p * (1 - p))


def test_masks_follow_the_papers_law(vocabulary):
    model = small(vocabulary, max_length=100)
    x = torch.randint(len(vocabulary), (2000, 100), generator=seeded(0))
    read, selected = model.mask_tokens(x, seeded(1))
    maskable = torch.tensor([word in WORDS for word in vocabulary])[x]
    assert not (selected & ~maskable).any()
    assert within(int(selected.sum()), int(maskable.sum()), 0.15)
    assert torch.equal(read[~selected], x[~selected])
    n, was, now = int(selected.sum()), x[selected], read[selected]
    V = len(WORDS)
    assert within(int((now == model.mask_index).sum()), n, 0.8)
    # Drawn uniformly, the word itself comes back once in V times.
    assert within(int((now == was).sum()), n, 0.1 + 0.1 / V)
    others = now[(now != was) & (now != model.mask_index)]
    assert within(len(others), n, 0.1 * (V - 1) / V)
    drawn = others.bincount(minlength=len(vocabulary))
    for i, word in enumerate(vocabulary):
        if word in WORDS:
            assert within(int(drawn[i]), n, 0.1 * float((was != i).double().mean()) / V), word
        else:
            assert not drawn[i]


def test_every_position_of_a_text_is_selected_as_often(vocabulary):
    model = small(vocabulary)
    x = torch.full((40_000, 12), vocabulary.index("river"))
    for count in model.mask_tokens(x, seeded(3))[1].sum(dim=0).tolist():
        assert within(count, 40_000, 0.15)


def test_special_words_and_padding_are_never_selected_nor_predicted(vocabulary):
    model = small(vocabulary)
    special = [vocabulary.index("\n"), vocabulary.index("<rare>"), model.mask_index, model.padding_index]
    x = torch.tensor(special).repeat(500, 3)
    read, selected = model.mask_tokens(x, seeded(0))
    assert not selected.any()
    assert torch.equal(read, x)
    assert model.loss(x).item() == 0
    p = model.log_prob(torch.tensor([[3, 4, 5]]), torch.tensor([[False, True, False]])).exp()[0]
    assert p[special[:2]].tolist() == [0, 0]
    assert p.sum().item() == pytest.approx(1, abs=1e-6)


def test_the_generator_alone_decides(vocabulary):
    model, x = small(vocabulary), torch.randint(12, (30, 12), generator=seeded(0))
    state = torch.get_rng_state()
    assert model.loss(x, seeded(5)) == model.loss(x, seeded(5)) != model.loss(x, seeded(6))
    assert torch.equal(torch.get_rng_state(), state)


def test_loss_is_the_mean_over_the_selected_positions(vocabulary):
    """By hand: the logits at all positions, log softmax, and the entries of the words that were selected."""
    model, x = small(vocabulary), torch.randint(len(WORDS), (30, 12), generator=seeded(0))
    read, selected = model.mask_tokens(x, seeded(5))
    log_p = model(read).log_softmax(dim=-1)
    terms = [log_p[i, j, x[i, j]] for i in range(30) for j in range(12) if selected[i, j]]
    torch.testing.assert_close(model.loss(x, seeded(5)), -torch.stack(terms).mean(), check_dtype=False)


def test_the_probability_of_a_mask_can_be_set(vocabulary):
    x = torch.randint(len(WORDS), (1000, 12), generator=seeded(0))
    x[x == vocabulary.index("<rare>")] = vocabulary.index("the")
    assert within(int(small(vocabulary, mask_probability=0.4).mask_tokens(x, seeded(1))[1].sum()), x.numel(), 0.4)


def test_padding_changes_nothing(vocabulary):
    model = small(vocabulary)
    texts = [torch.randint(len(vocabulary), (n,), generator=seeded(n)) for n in (12, 5, 1)]
    x = nn.utils.rnn.pad_sequence(texts, batch_first=True, padding_value=model.padding_index)
    for text, h in zip(texts, model.hidden_states(x), strict=True):
        torch.testing.assert_close(h[: len(text)], model.hidden_states(text[None])[0], rtol=0, atol=1e-12)


def test_features_are_hidden_states_in_order(vocabulary):
    model = small(vocabulary)
    sentences = [WORDS[:3], WORDS[:1], ["river", "nowhere", "bank"], WORDS[::-1], WORDS[:3]]
    for layer in (None, 0, 1, 2):
        found = model.features(sentences, layer)
        assert [tuple(h.shape) for h in found] == [(len(words), 8) for words in sentences]
        for words, h in zip(sentences, found, strict=True):
            torch.testing.assert_close(
                h, model.hidden_states(vocabulary.encode(words)[None], layer)[0], rtol=0, atol=1e-12
            )
    (known,), (unknown,) = model.features([["<rare>"]]), model.features([["nowhere"]])
    assert torch.equal(known, unknown)
    assert model.features([]) == []


@pytest.mark.parametrize("n", [12, 13, 17, 18, 19, 40])
def test_long_sentences_are_read_in_windows_that_overlap(vocabulary, n):
    """Each word's row is that of a window which holds it, with at least three words on each side where there are."""
    model = small(vocabulary)
    words = [WORDS[int(i)] for i in torch.randint(len(WORDS), (n,), generator=seeded(n))]
    (found,) = model.features([words])
    x = vocabulary.encode(words)
    by_window = {start: model.hidden_states(x[None, start : start + 12])[0] for start in range(n - 11)}
    for i in range(n):
        fits = [
            start
            for start, h in by_window.items()
            if start <= i < start + 12 and torch.allclose(found[i], h[i - start], rtol=0, atol=1e-12)
        ]
        assert fits
        assert any(min(i - s, s + 11 - i) >= 3 or (s == 0 and i < 3) or (s == n - 12 and i > n - 4) for s in fits)


def test_a_word_reads_both_sides(vocabulary):
    """Static vectors (layer 0) do not depend on the other words; those of the last layer on each of them."""
    model = small(vocabulary)
    x = torch.arange(5)[None]
    for i in (0, 1, 3, 4):
        other = x.clone()
        other[0, i] = 7
        assert torch.equal(model.hidden_states(x, 0)[0, 2], model.hidden_states(other, 0)[0, 2])
        assert not torch.allclose(model.hidden_states(x)[0, 2], model.hidden_states(other)[0, 2])


@pytest.mark.slow
def test_it_learns_a_tiny_corpus_by_heart(vocabulary):
    """Each sentence is known by any of its words; the best a guess of frequencies can do is one in twelve."""
    torch.manual_seed(0)
    texts = [WORDS[:4], WORDS[4:8], ["river", "flows", "to", "the", "bank"]]
    words = [word for text in texts for word in text]
    own = Vocabulary.of(texts)
    model = MaskedLM(own, embedding_dim=32, num_heads=4, num_layers=2, max_length=8)
    x = nn.utils.rnn.pad_sequence(
        [own.encode(text) for text in texts], batch_first=True, padding_value=model.padding_index
    )
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    losses = []
    for step in range(400):
        value = model.loss(x.repeat(8, 1), seeded(step))
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    assert sum(losses[-50:]) < 0.15 * sum(losses[:50])
    right = 0
    for text in texts:
        for i, word in enumerate(text):
            ((best, *_),) = model.fill([*text[:i], MASK, *text[i + 1 :]], top=1)
            right += best[0] == word
    assert right >= len(words) - 1


def test_fill_names_the_most_probable_words(vocabulary):
    model = small(vocabulary)
    first, second = model.fill(f"the {MASK} bank and nowhere {MASK}", top=4)
    x = vocabulary.encode(["the", "a", "bank", "and", "<rare>", "a"])[None]
    p = model.log_prob(x, torch.tensor([[False, True, False, False, False, True]])).exp()
    for found, expected in ((first, p[0]), (second, p[1])):
        assert [word for word, _ in found] == vocabulary.decode(expected.argsort(descending=True)[:4])
        assert [value for _, value in found] == expected.sort(descending=True).values[:4].tolist()
    (everything,) = model.fill([MASK], top=100)
    assert sorted(word for word, _ in everything) == sorted(WORDS)
    assert sum(value for _, value in everything) == pytest.approx(1, abs=1e-6)


def test_of_equally_probable_words_the_more_frequent_comes_first(vocabulary):
    model = small(vocabulary)
    with torch.no_grad():
        model.E.zero_()
    (found,) = model.fill([MASK], top=5)
    assert [word for word, _ in found] == WORDS[:5]


FILL = [
    ("", "text: expected 1 to 12 words, got 0"),
    ("   ", "text: expected 1 to 12 words, got 0"),
    ("the river", r"text: expected a \[MASK\] among the words, got 'the river'"),
    (" ".join([MASK] * 13), "text: expected 1 to 12 words, got 13"),
]


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(("text", "message"), FILL)
def test_fill_says_what_is_wrong(vocabulary, text, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        small(vocabulary).fill(text)


@pytest.mark.usefixtures("plain_errors")
def test_without_an_unknown_word_the_nearest_spelling_is_named():
    model = small(Vocabulary({"river": 3, "bank": 2}))
    for call in (lambda: model.fill("rivers [MASK]"), lambda: model.features([["rivers"]])):
        with pytest.raises(ValueError, match=r"^word: expected one of .*, got 'rivers'; nearest: 'river'$"):
            call()


WRONG = [
    (
        lambda v: MaskedLM(v, embedding_dim=10, num_heads=4),
        ValueError,
        "num_heads: expected a divisor of embedding_dim, 10, got 4",
    ),
    (lambda v: MaskedLM(v, num_layers=0), ValueError, "num_layers: expected a positive integer, got 0"),
    (
        lambda v: MaskedLM(v, mask_probability=1.5),
        ValueError,
        r"mask_probability: expected a number in \[0, 1\], got 1.5",
    ),
    (lambda v: MaskedLM(v.words), TypeError, "vocabulary: expected a Vocabulary, got tuple"),
    (lambda v: MaskedLM(Vocabulary({MASK: 1})), ValueError, r"vocabulary: expected words other than \[MASK\]"),
    (lambda v: MaskedLM(Vocabulary({"\n": 1})), ValueError, "vocabulary: expected a word that is not special"),
    (lambda v: small(v).loss(torch.ones(3, 4)), TypeError, "x: expected integers from 0 to 13, .*float32"),
    (lambda v: small(v).loss(torch.ones(13, dtype=torch.long)), ValueError, r"x: expected .* got \[13\]"),
    (lambda v: small(v).loss(torch.ones(1, 13, dtype=torch.long)), ValueError, r"x: .*at most 12.* got \[1, 13\]"),
    (lambda v: small(v).loss(torch.ones(0, 3, dtype=torch.long)), ValueError, r"x: .*not empty, got \[0, 3\]"),
    (lambda v: small(v).loss(torch.full((1, 3), 14)), ValueError, "x: expected .* got 14 to 14"),
    (lambda v: small(v).loss(torch.full((1, 3), -1)), ValueError, "x: expected .* got -1 to -1"),
    (
        lambda v: small(v).hidden_states(torch.full((1, 3), 1), 3),
        ValueError,
        "layer: expected an integer from 0 to 2, got 3",
    ),
    (lambda v: small(v).features(["river"]), TypeError, "sentences: expected lists of words, got a string"),
    (lambda v: small(v).features("river"), TypeError, "sentences: expected lists of words, got a string"),
    (lambda v: small(v).features([["river"], []]), ValueError, "sentences: expected .* got none in number 1"),
    (
        lambda v: small(v).log_prob(torch.full((1, 3), 1), torch.ones(1, 2, dtype=torch.bool)),
        ValueError,
        r"masked: expected the shape of x, \[1, 3\], got \[1, 2\]",
    ),
    (
        lambda v: small(v).log_prob(torch.full((1, 3), 1), torch.ones(1, 3)),
        TypeError,
        r"masked: expected booleans, got torch.float32",
    ),
]


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(("call", "error", "message"), WRONG)
def test_bad_input_is_named(vocabulary, call, error, message):
    with pytest.raises(error, match=f"^{message}"):
        call(vocabulary)
