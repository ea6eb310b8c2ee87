"""Predictive learning with words: tables of counts, neural language models, word vectors."""

from lecturelib.words.masked_lm import MaskedLM
from lecturelib.words.neural_lm import NeuralLM, RecurrentLM
from lecturelib.words.ngram import NGram
from lecturelib.words.vocabulary import Vocabulary
from lecturelib.words.word2vec import Word2Vec

__all__ = ["MaskedLM", "NGram", "NeuralLM", "RecurrentLM", "Vocabulary", "Word2Vec"]
