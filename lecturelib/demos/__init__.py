"""What runs in the reader's browser, without a kernel: sliders over sampling and over figures, live models.

>>> sampling_slider(model.conditionals(x), x, 28, 28, title="FVSBN, pixel by pixel", alt="Eight sampled digits")
>>> frame_slider([draw(n) for n in range(1, 9)], [f"{n} layers" for n in range(1, 9)], title="Depth", alt="Paths")
>>> show("nade")                # on the book's site, which holds the weights
>>> show("nade", inline=True)   # anywhere: script and weights go into the notebook
>>> show("shakespeare")         # an LSTM that writes on
>>> show("handwriting")         # a network that goes on from the reader's pen
>>> show("cells")               # and what goes on inside it
"""

from lecturelib.demos.frames import frame_slider
from lecturelib.demos.live import show
from lecturelib.demos.slider import sampling_slider

__all__ = ["frame_slider", "sampling_slider", "show"]
