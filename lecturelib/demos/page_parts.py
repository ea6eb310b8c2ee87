"""The script beside demos.js that a demo needs, with the scripts and the style sheets that become part of it."""

PEN_PARTS = ("strokes", "views", "cells", "hand", "writing", "page")
PAGES: dict[str, tuple[str, ...]] = {
    "text": ("letters.js", "lstm.js", "text.css"),
    "fill_in": ("order_agnostic.js", "fill_in.css"),
    "pen": ("numbers.js", "handwriting_rnn.js", *(f"pen_{part}.js" for part in PEN_PARTS), "pen.css"),
    "gradients": ("numbers.js", "through_time.js", "chart.js", "chart.css"),
    "three_steps": ("numbers.js", "by_hand.js", "three_steps.css"),
    "masks": ("numbers.js", "fields.js", "fields_grid.js", "masks.css"),
    "words": ("sky.js", "sky_map.js", "words.css"),
    "word2vec_steps": (
        *("numbers.js", "packed_text.js", "word_pairs.js", "word_views.js", "word_page.js", "word2vec_steps.css"),
    ),
    "turned": ("resnet.js", "photographs.js", "turned_page.js", "turned.css"),
    "neighbour": ("resnet.js", "photographs.js", "pairs.js", "neighbour_page.js", "neighbour.css"),
    "orders": (
        *("densities.js", "pixel_orders.js", "orders_views.js", "orders_page.js", "orders_hand.js", "orders.css"),
    ),
    "architectures": ("ranks.js", "architectures.css"),
    "pull_and_push": ("numbers.js", "nt_xent.js", "circle_page.js", "pull_and_push.css"),
    "small_simclr": (
        *("nt_xent.js", "shapes.js", "small_network.js", "own_picture.js", "shapes_page.js", "small_simclr.css"),
    ),
    "xray": (
        *("numbers.js", "packed_text.js", "letters.js", "lstm.js", "inside.js", "chart.js"),
        *("xray_texts.js", "xray_page.js", "xray_views.js", "xray_words.js", "chart.css", "xray.css"),
    ),
}
