"""word2vec: vectors of words, learnt by predicting neighbours.

Mikolov, Chen, Corrado and Dean, "Efficient Estimation of Word Representations in Vector Space", arXiv 1301.3781 (2013);
Mikolov, Sutskever, Chen, Corrado and Dean, "Distributed Representations of Words and Phrases and their
Compositionality", NeurIPS 2013.

    skip-gram    max Σ_t Σ_{i ≠ t} log p(x_i | x_t)         p(x_i | x_t) ∝ exp(v_{x_i} · w_{x_t})
    CBOW         max Σ_t log p(x_t | x_i, i ≠ t)            p(x_t | …)   ∝ exp(v_{x_t} · Σ_{i ≠ t} w_{x_i})

CBOW's sum is scaled by 1/n here, n being the number of words in the window, so that windows of different sizes have
the same scale; in return the learning rate of the input vectors is that of the output vectors times the mean of n,
w + 1. In expectation, so do word2vec.c and gensim (cbow_mean=1).

The softmax over all words is computed in full, or factored along a tree (hierarchical), or replaced by telling words
from noise (negative). `reference` has one step of each in a few lines; `steps` and `hierarchical` have the fast ones.

    >>> model = Word2Vec(vector_size=100, window=5, epochs=5).fit(sentences)    # sentences: lists of words
    >>> model.vectors                                                           # float32 [V, 100]
    >>> model.vector("jury")                                                    # [100]
    >>> model.to_gensim().most_similar("jury")
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from lecturelib import checks
from lecturelib.progress import progress_bar
from lecturelib.words.vocabulary import Vocabulary, check_sentences
from lecturelib.words.word2vec.bands import block_size
from lecturelib.words.word2vec.batcher import Batcher, Chunk
from lecturelib.words.word2vec.corpus import Corpus
from lecturelib.words.word2vec.huffman import Tree, huffman
from lecturelib.words.word2vec.steps import Batch, Steps

# Shared negatives: GROUP neighbouring positions are scored against the same SHARED · k noise words, in one matrix
# product. They are weighted to stand for the k that each prediction would draw alone.
GROUP, SHARED = 128, 6
FINAL_RATE = 0.004  # lowest learning rate, as a fraction of the first: word2vec.c's 0.0001 of 0.025


class Word2Vec:
    """Vectors of the words of a corpus. Arguments are named as gensim's where it has them.

    Args:
        model: "skip-gram" or "cbow"; the latter with the mean 1/n Σ_i w_{x_i} for the lecture's sum, see above.
        loss: "negative", "hierarchical" or "softmax"; the last takes time ∝ V for every word.
        vector_size: length of the vectors.
        window: w, the largest number of words to either side; each window's is drawn from 1 … w.
        negative: k, the number of noise words against each word.
        subsample: words that make up more of the text than this are left out at random; 0 keeps all. gensim's `sample`.
        min_count: words that occur less often are left out.
        epochs: number of times that the corpus is read, after it was read once for its vocabulary.
        learning_rate: of the first step; it decays linearly to nearly 0. gensim's `alpha`.
        workers: threads; with more than one, they write to the same vectors without waiting for each other (Hogwild),
            and the result is no longer the same each time.
        seed: decides everything else.
        cap: bound on the summed learning rates of one vector within a batch, see `steps.Steps`.

    Attributes:
        vocabulary: after `fit`.
        vectors: w_x, float32 [V, vector_size], after `fit`.
        output_vectors: v_x, [V, vector_size], or those of the tree's inner nodes, [V - 1, vector_size].

    """

    vocabulary: Vocabulary
    vectors: Float[Tensor, "V dim"]
    output_vectors: Float[Tensor, "outputs dim"]

    def __init__(
        self,
        *,
        model: Literal["skip-gram", "cbow"] = "skip-gram",
        loss: Literal["negative", "hierarchical", "softmax"] = "negative",
        vector_size: int = 100,
        window: int = 5,
        negative: int = 5,
        subsample: float = 1e-3,
        min_count: int = 5,
        epochs: int = 5,
        learning_rate: float = 0.025,
        workers: int = 1,
        seed: int = 0,
        cap: float = 3.0,
    ) -> None:
        checks.one_of("model", model, ["skip-gram", "cbow"])
        checks.one_of("loss", loss, ["negative", "hierarchical", "softmax"])
        self.model, self.loss = model, loss
        self.vector_size = checks.positive_int("vector_size", vector_size)
        self.window = checks.positive_int("window", window)
        self.negative = checks.positive_int("negative", negative)
        self.subsample = checks.number("subsample", subsample, low=0)
        self.min_count = checks.positive_int("min_count", min_count)
        self.epochs = checks.positive_int("epochs", epochs)
        self.learning_rate = checks.number("learning_rate", learning_rate, above=0)
        self.workers = checks.positive_int("workers", workers)
        self.seed = checks.integer_between("seed", seed, 0, 2**63 - 1)
        self.cap = checks.number("cap", cap, above=0)

    def fit(self, sentences: Iterable[Sequence[str]]) -> "Word2Vec":
        """Count the words, start from small random vectors, and read the sentences `epochs` times.

        Args:
            sentences: lists of words, read again and again, a piece at a time: they need not fit in memory.

        Returns:
            The model itself.

        Raises:
            TypeError, ValueError: `sentences` is a string, can be read only once, or has fewer than two different words
                that occur `min_count` times.

        """
        check_sentences(sentences)
        vocabulary = Vocabulary.of(sentences, min_count=self.min_count)
        V = len(vocabulary)
        if V < 2:
            raise ValueError(
                f"sentences: expected at least two different words that occur {self.min_count} times (min_count), "
                f"got one, {vocabulary.words[0]!r}"
            )
        generator = torch.Generator().manual_seed(self.seed)
        tree = huffman(vocabulary.counts) if self.loss == "hierarchical" else None
        single: Any = {"dtype": torch.float32, "device": "cpu"}
        W = torch.rand(V + 1, self.vector_size, generator=generator, **single)  # + the padding
        W.sub_(0.5).div_(self.vector_size)
        outputs = torch.zeros(V - 1 if tree else V + 1, self.vector_size, **single)  # inner nodes; or words and padding
        with _one_thread_each(), Corpus(sentences, vocabulary) as corpus:
            self._train(corpus, vocabulary.counts, W, outputs, tree, generator)
        self.vocabulary, self.vectors, self.output_vectors = vocabulary, W[:V], outputs[:V]
        return self

    def _train(
        self, corpus: Corpus, counts: Tensor, W: Tensor, outputs: Tensor, tree: Tree | None, g: torch.Generator
    ) -> None:
        block = block_size(self.window)
        group = block if self.loss == "softmax" else math.ceil(GROUP / block) * block
        groups = {"negative": 4 if self.model == "skip-gram" else 8, "hierarchical": 4}.get(self.loss, 1)
        if self.loss == "negative":
            groups *= min(self.workers, 4)  # threads wait for Python's lock at each operation: let it take longer
        positions = groups * group
        batcher = Batcher(counts, self.window, positions, self.subsample)
        drawn = SHARED * self.negative * groups if self.loss == "negative" else 1
        total = self.epochs * int(counts.sum())

        def jobs() -> Iterator[tuple[Chunk, Tensor, float, float]]:
            done = 0
            with progress_bar(total) as bar:
                for _ in range(self.epochs):
                    for x, sentence in corpus:
                        chunk = batcher.cut(x, sentence, g)
                        noise = draw_noise(counts, (len(chunk.n), drawn), g)
                        yield chunk, noise, done / total, (done + len(x)) / total
                        done += len(x)
                        bar.update(len(x))

        in_batches = partial(self._in_batches, W, outputs, positions, group)
        _run(self._node_by_node(W, outputs, tree) if tree else in_batches, jobs(), self.workers)

    def _in_batches(
        self, W: Tensor, outputs: Tensor, positions: int, group: int,
        chunk: Chunk, noise: Tensor, start: float, end: float,
    ) -> None:  # fmt: skip
        """Take the steps of a chunk, which begins and ends at these fractions of the training."""
        steps = Steps(
            W,
            outputs,
            window=self.window,
            positions=positions,
            negative=self.negative,
            group=group,
            cap=self.cap / self.workers**0.5,  # steps of two threads may start from the same old rows, too
        )
        step = {
            ("skip-gram", "negative"): steps.skip_gram_negative,
            ("skip-gram", "softmax"): steps.skip_gram_softmax,
            ("cbow", "negative"): steps.cbow_negative,
            ("cbow", "softmax"): steps.cbow_softmax,
        }[self.model, self.loss]
        for *batch, learning_rate in zip(*chunk, noise, self._rates(start, end, len(noise)).tolist(), strict=True):
            step(Batch(*batch), learning_rate)

    def _node_by_node(self, W: Tensor, outputs: Tensor, tree: Tree) -> Callable[[Chunk, Tensor, float, float], None]:
        """Return the function that takes the steps of a chunk with the hierarchical softmax."""
        from lecturelib.words.word2vec import hierarchical  # only here: numba takes half a second to be imported

        step = {"skip-gram": hierarchical.skip_gram, "cbow": hierarchical.cbow}[self.model]
        arrays = [t.numpy() for t in (W, outputs, *tree, tree.lengths)]
        return lambda chunk, noise, start, end: step(
            chunk.words.numpy(), chunk.pairs.numpy(), *arrays, self._rates(start, end, len(noise)).numpy()
        )

    def _rates(self, start: float, end: float, batches: int) -> Float64[Tensor, " batches"]:
        """Return the learning rates of the batches of a chunk, which decay linearly."""
        done = start + (end - start) * torch.arange(batches, dtype=torch.float64, device="cpu") / batches
        return self.learning_rate * (1 - done).clamp(min=FINAL_RATE)

    def vector(self, word: str) -> Float[Tensor, " dim"]:
        """Return w_x of a word.

        Raises:
            ValueError: the word is not in the vocabulary; the nearest spellings are named.

        """
        return self.vectors[self.vocabulary.index(word)]

    def to_gensim(self) -> Any:
        """Return the vectors as gensim's `KeyedVectors`, with their counts.

        Raises:
            ImportError: gensim is not installed.

        """
        try:
            from gensim.models import KeyedVectors
        except ImportError as error:
            raise ImportError("to_gensim: expected the package gensim, found none: pip install gensim") from error
        keyed = KeyedVectors(self.vector_size)
        keyed.add_vectors(list(self.vocabulary), self.vectors.numpy())
        for word, count in zip(self.vocabulary, self.vocabulary.counts.tolist(), strict=True):
            keyed.set_vecattr(word, "count", count)
        return keyed


def _run(work: Callable[..., None], jobs: Iterator[tuple[Any, ...]], workers: int) -> None:
    """Do the jobs one after the other, or in threads with few of them waiting; torch releases Python's lock."""
    if workers == 1:
        for job in jobs:
            work(*job)
        return
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        pending: deque[Future[None]] = deque()
        for job in jobs:
            pending.append(pool.submit(work, *job))
            if len(pending) > 2 * workers:
                pending.popleft().result()
        for future in pending:
            future.result()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Run each operation in one thread: they are too short to be split."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def draw_noise(counts: Int64[Tensor, " V"], shape: tuple[int, ...], generator: torch.Generator) -> Int64[Tensor, "..."]:
    """Draw noise words z ~ q, q(z) ∝ count(z)^0.75."""
    q = counts.double() ** 0.75
    return torch.multinomial(q, math.prod(shape), replacement=True, generator=generator).view(shape)
