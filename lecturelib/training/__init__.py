"""The one training loop: `fit`, and the history that it returns.

::

    loop           fit: device, precision, several processes, progress, early stopping, checkpoint and resume
    arguments      what it refuses            batches       cut from tensors, or read from a DataLoader
    checkpoints    save and resume a run      devices       one accelerator per run, numbers over several processes
"""

from lecturelib.training.checkpoints import History, OutOfTimeError
from lecturelib.training.loop import fit

__all__ = ["History", "OutOfTimeError", "fit"]
