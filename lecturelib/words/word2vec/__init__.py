"""word2vec: skip-gram and CBOW with full softmax, negative sampling or hierarchical softmax (Mikolov et al., 2013).

Read them in this order:

    reference       the papers' objectives and one step of stochastic gradient ascent, pair by pair: 50 lines to read
    model           Word2Vec: the public class, its settings, the learning rate's decay, worker threads
    corpus          sentences as numbers, a chunk at a time
    batcher         subsampling, windows, and batches of positions
    steps           the reference's gradients for a whole batch at once: negative sampling and full softmax
    bands           the products that `steps` needs between each position and its window, as dense matrices
    hierarchical    the steps of the hierarchical softmax, compiled by numba
    huffman         its tree
"""

from lecturelib.words.word2vec.model import Word2Vec

__all__ = ["Word2Vec"]
