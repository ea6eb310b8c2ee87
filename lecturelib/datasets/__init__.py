"""The book's data sets: `load(name)` takes one from the package, the cache or the net, and verifies its checksums.

    >>> from lecturelib.datasets import load
    >>> digits = load("mnist-5k")           # repr(digits): what it is, licence, citation, source
    >>> digits.train.x.shape, digits.train.y.shape
    (torch.Size([4000, 1, 28, 28]), torch.Size([4000]))

`python -m lecturelib data list` lists them; `data/registry.toml` has their sources, licences and checksums.

Each kind of data has a module of readers: `images`, `strokes`, `characters`, `words`, `labelled_words`, `bilingual`,
`word_tests`, `vectors`.
"""

from lecturelib.datasets.bilingual import Dictionary, SentencePairs
from lecturelib.datasets.dataset import Article, Dataset, Split
from lecturelib.datasets.download import DatasetError
from lecturelib.datasets.files import available
from lecturelib.datasets.loading import load
from lecturelib.datasets.registry import checksum, names
from lecturelib.datasets.vectors import PretrainedVectors
from lecturelib.datasets.word_tests import AnalogyQuestions, WordPairs

__all__ = [
    "AnalogyQuestions",
    "Article",
    "Dataset",
    "DatasetError",
    "Dictionary",
    "PretrainedVectors",
    "SentencePairs",
    "Split",
    "WordPairs",
    "available",
    "checksum",
    "load",
    "names",
]
