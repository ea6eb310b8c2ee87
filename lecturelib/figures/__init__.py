"""The lecture's pictures, drawn from our models. Each function returns a matplotlib figure and changes no setting.

>>> raster_order(6, 6, i=15)
>>> image_grid({"data": x[:10], "samples": model.sample(10)})

Names, words and titles are drawn as they are written: a dollar is a dollar. Colours are those of Okabe and Ito
(jfly.uni-koeln.de/color, 2008), which colour-blind readers can tell apart.
"""

from lecturelib.figures.attention import attention_maps, transformer_block
from lecturelib.figures.contrastive import contrastive_softmax, heat_map, score_lines
from lecturelib.figures.diagrams import raster_order, tied_columns
from lecturelib.figures.embeddings import analogy_parallelogram, laid_on, score_bars, vector_tests
from lecturelib.figures.encoders import accuracy_by_size, simclr_pipeline, skip_blocks
from lecturelib.figures.handwriting import drawings, mixture_outputs, pen_density, pen_lines, pen_steps
from lecturelib.figures.lag_tasks import adding_problem, copy_problem
from lecturelib.figures.masks import channel_connections, mask_grid, receptive_field
from lecturelib.figures.pixels import gated_stacks, multi_scale_order, row_lstm_triangle
from lecturelib.figures.plots import curves, image_grid, log_likelihood_bars, pixel_weights, weight_tiles
from lecturelib.figures.pretext import direction_answer, turn_answers
from lecturelib.figures.pretext_networks import (
    adversarial_game,
    context_encoder,
    jigsaw_network,
    relative_patch_network,
)
from lecturelib.figures.recurrent import (
    error_surface,
    gradient_norms,
    lstm_cell,
    unfolded_network,
)
from lecturelib.figures.text import colored_text, hidden_words, next_symbols
from lecturelib.figures.through_time import gradient_through_time, next_letters
from lecturelib.figures.trees import word_tree
from lecturelib.figures.vision import color_filters, color_rows, tile_pictures
from lecturelib.figures.words import cbow_and_skip_gram, next_word_network, window_tagger, word_map, word_maps

__all__ = [
    "accuracy_by_size",
    "adding_problem",
    "adversarial_game",
    "analogy_parallelogram",
    "attention_maps",
    "cbow_and_skip_gram",
    "channel_connections",
    "color_filters",
    "color_rows",
    "colored_text",
    "context_encoder",
    "contrastive_softmax",
    "copy_problem",
    "curves",
    "direction_answer",
    "drawings",
    "error_surface",
    "gated_stacks",
    "gradient_norms",
    "gradient_through_time",
    "heat_map",
    "hidden_words",
    "image_grid",
    "jigsaw_network",
    "laid_on",
    "log_likelihood_bars",
    "lstm_cell",
    "mask_grid",
    "mixture_outputs",
    "multi_scale_order",
    "next_letters",
    "next_symbols",
    "next_word_network",
    "pen_density",
    "pen_lines",
    "pen_steps",
    "pixel_weights",
    "raster_order",
    "receptive_field",
    "relative_patch_network",
    "row_lstm_triangle",
    "score_bars",
    "score_lines",
    "simclr_pipeline",
    "skip_blocks",
    "tied_columns",
    "tile_pictures",
    "transformer_block",
    "turn_answers",
    "unfolded_network",
    "vector_tests",
    "weight_tiles",
    "window_tagger",
    "word_map",
    "word_maps",
    "word_tree",
]
