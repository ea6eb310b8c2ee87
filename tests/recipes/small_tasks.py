"""Small data sets in place of those of the tasks on words."""

import torch

from lecturelib.datasets import Dataset, PretrainedVectors, Split

WORDS = ("\n", "The", "cat", "sat", ".", "in", "Paris", "Rome", "London", "12", "zz")
TEXT = "The cat sat in Paris . \n Rome sat . \n The cat sat in London . \n London sat in Rome \n 12 cat \n"
TAGS = ("O", "\n", "B-place")


def tagged(*texts: str) -> Dataset:
    splits = []
    for text in texts:
        words = text.split(" ")
        y = [1 if w == "\n" else 2 if w in ("Paris", "Rome", "London") else 0 for w in words]
        splits.append(Split(torch.tensor([WORDS.index(w) for w in words]), torch.tensor(y)))
    train, valid, test = splits
    return Dataset(
        "t", train, valid, test, title="T", licence="L", citation="C", source="S", vocabulary=WORDS, tags=TAGS
    )


def sentences() -> Dataset:
    x, y = torch.tensor([[2, 3, 0], [4, 4, 5]] * 10), torch.tensor([1, 0] * 10)
    split = Split(x, y, torch.tensor([2, 3] * 10))
    return Dataset(
        "s",
        split,
        split,
        split,
        title="T",
        licence="L",
        citation="C",
        source="S",
        vocabulary=WORDS[1:],
        tags=("negative", "positive"),
    )


def glove() -> PretrainedVectors:
    words = ("the", "cat", "sat", ".", "in", "paris", "rome", "london", "12", "dog")
    vectors = torch.randn(10, 4, generator=torch.Generator().manual_seed(1))
    return PretrainedVectors("g", words, vectors, title="T", licence="L", citation="C", source="S")
