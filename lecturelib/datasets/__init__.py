"""The book's data sets: `load(name)` finds one in the package, in the cache, or on the net, and checks it.

    >>> from lecturelib.datasets import load
    >>> digits = load("mnist-5k")           # repr(digits): what it is, licence, citation, source
    >>> digits.train.x.shape, digits.train.y.shape
    (torch.Size([4000, 1, 28, 28]), torch.Size([4000]))

`python -m lecturelib data list` shows every set; `data/registry.toml` has their sources, licences and checksums.
"""

from lecturelib.datasets.bilingual import Dictionary, SentencePairs
from lecturelib.datasets.dataset import Article, Dataset, Split
from lecturelib.datasets.download import DatasetError
from lecturelib.datasets.files import available
from lecturelib.datasets.readers import load
from lecturelib.datasets.registry import checksum, names
from lecturelib.datasets.vectors import PretrainedVectors
from lecturelib.datasets.word_tests import Questions, WordPairs

__all__ = [
    "Article",
    "Dataset",
    "DatasetError",
    "Dictionary",
    "PretrainedVectors",
    "Questions",
    "SentencePairs",
    "Split",
    "WordPairs",
    "available",
    "checksum",
    "load",
    "names",
]
