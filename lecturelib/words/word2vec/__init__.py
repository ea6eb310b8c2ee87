"""word2vec: skip-gram and CBOW with full softmax, negative sampling or hierarchical softmax (Mikolov et al., 2013)."""

from lecturelib.words.word2vec.model import Word2Vec

__all__ = ["Word2Vec"]
