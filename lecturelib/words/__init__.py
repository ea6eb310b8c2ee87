"""Predictive learning with words: tables of counts, neural language models, word vectors."""

from lecturelib.words.ngram import NGram
from lecturelib.words.vocabulary import Vocabulary

__all__ = ["NGram", "Vocabulary"]
