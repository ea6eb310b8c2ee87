"""What runs in the reader's browser, without a kernel: a slider over ancestral sampling, and live completions.

>>> sampling_slider(model.conditionals(x), x, 28, 28, title="FVSBN, pixel by pixel", alt="Eight sampled digits")
>>> show("nade")                # on the book's site, which holds the weights
>>> show("nade", inline=True)   # anywhere: script and weights go into the notebook
"""

from lecturelib.demos.slider import sampling_slider
from lecturelib.demos.stub import show

__all__ = ["sampling_slider", "show"]
