"""Recurrent networks: the same weights at all times, p(x_{i+1} | x_{≤i}) from a state that summarises the past."""

from lecturelib.recurrent.char_rnn import CharRNN
from lecturelib.recurrent.handwriting import HandwritingRNN
from lecturelib.recurrent.lstm import LSTM
from lecturelib.recurrent.rnn import RNN

__all__ = ["LSTM", "RNN", "CharRNN", "HandwritingRNN"]
