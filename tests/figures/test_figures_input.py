"""What every figure does with words that look like mathematics, with pictures that are none, and with booleans."""

from typing import Any

import numpy as np
import pytest
import torch
from drawn import texts
from matplotlib.text import Text

from lecturelib import figures

ODD = ["$$", "a$b$c", "|", "<unk>", r"\frac{$"]  # "$$" alone is refused by matplotlib, where it is read as mathematics
PLANE = torch.tensor([[0.0, 0.0], [1.0, 0.3], [0.4, 1.0], [2.0, 2.0], [-1.0, 1.5]])
PICTURES = torch.rand(5, 3, 6, 6, generator=torch.Generator().manual_seed(0))
DRAWING = torch.tensor([[1.0, 0, 0], [0, 1, 1]])

WITH_WORDS: dict[str, Any] = {
    "word_map": lambda: figures.word_map(PLANE, ODD, ODD),
    "word_maps": lambda: figures.word_maps((ODD[0], PLANE, ODD), (ODD[1], PLANE, ODD), ODD),
    "next_word_network": lambda: figures.next_word_network(ODD, ODD[0]),
    "window_tagger": lambda: figures.window_tagger(ODD[:3], ODD[0]),
    "cbow_and_skip_gram": lambda: figures.cbow_and_skip_gram(ODD),
    "colored_text": lambda: figures.colored_text("$$ a$b$", np.arange(7.0), label=ODD[0]),
    "next_symbols": lambda: figures.next_symbols({word: np.full(5, 0.2) for word in ODD[:3]}, ODD),
    "hidden_words": lambda: figures.hidden_words({"$$ [MASK]": dict.fromkeys(ODD, 0.2)}),
    "heat_map": lambda: figures.heat_map(ODD, torch.rand(5, 5).tolist(), label=ODD[0]),
    "score_lines": lambda: figures.score_lines({w: dict.fromkeys(ODD, 1.0) for w in ODD}, ylabel=ODD[0], base=ODD[1]),
    "image_grid": lambda: figures.image_grid(dict.fromkeys(ODD, PICTURES[:2, 0])),
    "color_rows": lambda: figures.color_rows(dict.fromkeys(ODD, PICTURES), captions={"$$": ODD}),
    "log_likelihood_bars": lambda: figures.log_likelihood_bars(dict.fromkeys(ODD, 1.0), {"$$": 2.0}, xlabel=ODD[0]),
    "curves": lambda: figures.curves({w: ([1, 2], [k, k]) for k, w in enumerate(ODD)}, xlabel=ODD[0], ylabel=ODD[1]),
    "drawings": lambda: figures.drawings({word: [DRAWING] for word in ODD}),
    "mask_grid": lambda: figures.mask_grid({word: torch.ones(3, 3) for word in ODD}),
    "channel_connections": lambda: figures.channel_connections({word: torch.eye(3).tril() for word in ODD[:3]}),
    "gradient_norms": lambda: figures.gradient_norms({word: [1.0, 0.5] for word in ODD}, low=0.1, high=2),
    "error_surface": lambda: figures.error_surface(
        torch.arange(2.0), torch.arange(2.0), torch.rand(2, 2), {word: [(0, 0), (1, 1)] for word in ODD}
    ),
}


@pytest.mark.parametrize("name", WITH_WORDS)
def test_words_are_drawn_as_they_are_written(name):
    shown = [text for text in texts(WITH_WORDS[name]()) if isinstance(text, Text)]
    written = [t.get_text().replace(r"\$", "$") if t.get_parse_math() else t.get_text() for t in shown]
    if name == "colored_text":  # letter by letter
        assert written.count("$") == 4
        return
    assert any("$$" in word for word in written)
    for text in shown:  # what is read as mathematics is none of the words
        assert not (text.get_parse_math() and "$$" in text.get_text())


WITH_PICTURES: dict[str, Any] = {
    "image_grid": lambda x: figures.image_grid({"a": x[:, :1]}),
    "color_rows": lambda x: figures.color_rows({"a": x}),
    "turn_answers": lambda x: figures.turn_answers(x, torch.full((len(x), 4), 0.25), 0),
    "direction_answer": lambda x: figures.direction_answer(x[0], x[1]),
    "contrastive_softmax": lambda x: figures.contrastive_softmax(x[0], x[1:], torch.zeros(len(x) - 1), 1.0),
    "tile_pictures": lambda x: figures.tile_pictures(x[:1, None].expand(-1, 9, -1, -1, -1)),
}
BAD = {
    "bytes": ((255 * PICTURES).byte(), r"expected floats in \[0, 1\], got torch.uint8; write .* / 255 for bytes"),
    "from -1 to 1": (2 * PICTURES - 1, r"expected values in \[0, 1\], got -0.\d* to "),
    "not a number": (PICTURES / 0, r"expected values in \[0, 1\], got inf to inf"),
}


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("name", WITH_PICTURES)
def test_what_is_no_picture_is_refused_in_the_same_words(name, kind):
    x, message = BAD[kind]
    with pytest.raises((TypeError, ValueError), match=message) as error:
        WITH_PICTURES[name](x)
    assert "\n" not in str(error.value)


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize("name", sorted(WITH_PICTURES.keys() - {"image_grid"}))
def test_two_channels_are_refused_and_one_is_drawn_in_grey(name):
    with pytest.raises(ValueError, match=r"expected 1 or 3 channels, got 2$"):
        WITH_PICTURES[name](PICTURES[:, :2])
    drawn = WITH_PICTURES[name](PICTURES[:, :1])
    if name != "tile_pictures":
        images = [image for ax in drawn.axes for image in ax.images]
        assert images
        assert all(image.get_cmap().name == "gray" and image.get_clim() == (0, 1) for image in images)


@pytest.mark.usefixtures("plain_errors")
def test_three_channels_are_refused_where_one_is_meant():
    with pytest.raises(ValueError, match=r"^rows: expected images \[n, 6 · 6\] in 'a', got shape \[5, 3, 6, 6\]$"):
        figures.image_grid({"a": PICTURES})


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.float64])
def test_bits_of_every_kind_are_drawn(dtype):
    bits = torch.tensor([[1, 0, 1], [0, 1, 0], [1, 1, 0]]).to(dtype)
    for figure in (figures.image_grid({"a": bits[None]}), figures.mask_grid({"a": bits})):
        assert np.asarray(figure.axes[0].images[0].get_array()).tolist() == bits.float().tolist()
    lower = torch.ones(3, 3).tril().to(dtype)
    assert len(figures.channel_connections({"a": lower}).axes[0].lines) == 6
    before = torch.tensor([[1, 1, 0]]).to(dtype)
    assert len(figures.receptive_field(before, 0, 2).axes) == 1


NUMBERS: dict[str, Any] = {
    "curves": lambda x: figures.curves({"a": (x, x)}, xlabel="x", ylabel="y"),
    "colored_text": lambda x: figures.colored_text("abc", x, label="x"),
    "next_symbols": lambda x: figures.next_symbols({"a": x}, ["a", "b", "c"]),
    "gradient_norms": lambda x: figures.gradient_norms({"a": x}, low=0.1, high=2),
}


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_may_have_a_gradient_and_any_precision_or_are_named(name):
    plain = torch.tensor([0.25, 0.25, 0.5])
    for x in (plain.clone().requires_grad_(), plain.bfloat16(), plain.numpy(), tuple(plain.tolist())):
        assert NUMBERS[name](x).axes
    for wrong in (None, ["a", "b", "c"], [[1], [1, 2], [3]]):
        with pytest.raises(TypeError, match="expected numbers, got"):
            NUMBERS[name](wrong)
