"""The lecture's pictures, drawn from our models. Each function returns a matplotlib figure and changes no setting.

>>> raster_order(6, 6, i=15)
>>> image_grid({"data": x[:10], "samples": model.sample(10)})

Colours are those of Okabe and Ito (jfly.uni-koeln.de/color, 2008), which colour-blind readers can tell apart.
"""

from lecturelib.figures.diagrams import raster_order, tied_columns
from lecturelib.figures.masks import channel_connections, mask_grid, receptive_field
from lecturelib.figures.plots import curves, features, image_grid, log_likelihood_bars, pixel_weights

__all__ = [
    "channel_connections",
    "curves",
    "features",
    "image_grid",
    "log_likelihood_bars",
    "mask_grid",
    "pixel_weights",
    "raster_order",
    "receptive_field",
    "tied_columns",
]
