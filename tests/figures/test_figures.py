"""What holds for every figure: letters are large enough, none lies on another, and no setting leaks."""

import matplotlib.pyplot as plt
import pytest
import test_figures_attention
import test_figures_contrastive
import test_figures_embeddings
import test_figures_encoders
import test_figures_handwriting
import test_figures_masks
import test_figures_pixels
import test_figures_plots
import test_figures_pretext
import test_figures_pretext_networks
import test_figures_recurrent
import test_figures_text
import test_figures_vision
import test_figures_words
from drawn import texts
from matplotlib.colors import to_rgb

from lecturelib import figures
from lecturelib.figures import style

MODULES = (
    test_figures_attention,
    test_figures_contrastive,
    test_figures_embeddings,
    test_figures_encoders,
    test_figures_handwriting,
    test_figures_masks,
    test_figures_pixels,
    test_figures_plots,
    test_figures_pretext,
    test_figures_pretext_networks,
    test_figures_recurrent,
    test_figures_text,
    test_figures_vision,
    test_figures_words,
)
EXAMPLES = {name: draw for module in MODULES for name, draw in module.EXAMPLES.items()}


def test_every_figure_has_an_example():
    assert {name.split(",")[0] for name in EXAMPLES} == set(figures.__all__) - {"tile_pictures"}, "it returns a tensor"


@pytest.mark.parametrize("name", EXAMPLES)
def test_letters_are_readable_none_lies_on_another_and_no_setting_leaks(name):
    with plt.rc_context({"font.size": 3, "text.color": "yellow", "figure.facecolor": "black", "figure.dpi": 50}):
        plt.switch_backend("agg")  # what the first figure would do, and set
        before = plt.rcParams.copy()
        figure = EXAMPLES[name]()
        shown = texts(figure)
        assert dict(plt.rcParams) == dict(before)
    assert not plt.get_fignums()
    assert to_rgb(figure.get_facecolor()) == (1, 1, 1)
    assert figure.get_size_inches()[0] <= style.WIDTH + 1e-9
    for text in shown:
        assert text.get_fontsize() >= 9, text
        assert to_rgb(text.get_color()) != to_rgb("yellow"), text
    assert_labels_apart(figure, shown)


def assert_labels_apart(figure, shown):
    figure.set_dpi(100)
    boxes = [(text.get_text(), text.get_window_extent()) for text in shown]
    width, height = figure.get_size_inches() * figure.dpi
    for k, (label, box) in enumerate(boxes):
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1
        assert inside, f"{label!r} leaves the figure: {box}"
        for other, second in boxes[:k]:
            apart = (
                min(box.x1, second.x1) - max(box.x0, second.x0) < 1
                or min(box.y1, second.y1) - max(box.y0, second.y0) < 1
            )
            assert apart, f"{label!r} lies on {other!r}"
