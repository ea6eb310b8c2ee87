"""Word2Vec against gensim and against a typical autograd program, same corpus, same quality: about half an hour.

    python benchmarks/word2vec.py            # or some of: brown wikipedia-2014 threads floor

CPU seconds of whole fits, one worker each, three seeds in turn; quality on what neither has seen. `words` is how often
a word was read: the corpus's words times the epochs.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import mean
from typing import Any, NamedTuple

import torch
from timing import cpu_seconds, report, row
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from lecturelib.datasets import load
from lecturelib.paths import results_dir
from lecturelib.words import Vocabulary, Word2Vec
from lecturelib.words.evaluation import WordVectors
from lecturelib.words.word2vec.batcher import Batcher
from lecturelib.words.word2vec.model import draw_noise
from lecturelib.words.word2vec.steps import Batch, Steps

SEEDS = (0, 1, 2)
EPOCHS = {"brown": 5, "wikipedia-2014": 3}
METHODS = {
    "brown": [(model, loss) for loss in ("negative", "hierarchical") for model in ("skip-gram", "cbow")],
    "wikipedia-2014": [("skip-gram", "negative"), ("cbow", "negative")],
}
LIMIT = 20_000  # words of which analogies are asked, as it is usual


class Fit(NamedTuple):
    """Vectors and what they cost."""

    vocabulary: Vocabulary
    vectors: Tensor
    outputs: Tensor
    cpu: float
    wall: float


def timed(train: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what `train` returns, and CPU and wall seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    model = train()
    return model, time.process_time() - cpu, time.perf_counter() - wall


def ours(sentences: list[list[str]], epochs: int, model: str, loss: str, seed: int, workers: int = 1) -> Fit:
    """Train the library's."""
    options: Any = dict(model=model, loss=loss, epochs=epochs, seed=seed, workers=workers)
    fitted, cpu, wall = timed(lambda: Word2Vec(**options).fit(sentences))
    return Fit(fitted.vocabulary, fitted.vectors, fitted.output_vectors, cpu, wall)


def theirs(sentences: list[list[str]], epochs: int, model: str, loss: str, seed: int, workers: int = 1) -> Fit:
    """Train gensim's with the same settings: those left out here are the defaults of both."""
    from gensim.models import Word2Vec as Gensim

    options: Any = dict(vector_size=100, window=5, min_count=5, sample=1e-3, epochs=epochs, workers=workers)
    options |= dict(sg=int(model == "skip-gram"), hs=int(loss == "hierarchical"), negative=5 * (loss == "negative"))
    fitted, cpu, wall = timed(lambda: Gensim(sentences, seed=seed + 1, **options))
    counts = {word: fitted.wv.get_vecattr(word, "count") for word in fitted.wv.index_to_key}
    vocabulary = Vocabulary(counts)
    order = [fitted.wv.key_to_index[word] for word in vocabulary]
    outputs = fitted.syn1 if loss == "hierarchical" else fitted.syn1neg
    rows = torch.from_numpy(fitted.wv.vectors[order])
    return Fit(vocabulary, rows, torch.from_numpy(outputs[order] if loss == "negative" else outputs), cpu, wall)


def typical(sentences: list[list[str]], vocabulary: Vocabulary, pairs: int = 100_000, batch: int = 512) -> float:
    """Return the CPU seconds per million words of what tutorials write: two `nn.Embedding`, autograd, sparse Adam.

    The pairs are cut beforehand and for free; only the steps on them are timed.
    """
    encoded = [vocabulary.encode(s) for s in sentences[:2000]]
    x, sentence = torch.cat(encoded), torch.arange(len(encoded)).repeat_interleave(torch.tensor([*map(len, encoded)]))
    g = torch.Generator().manual_seed(0)
    chunk = Batcher(vocabulary.counts, 5, len(x), 1e-3).cut(x, sentence, g)
    t, o = chunk.pairs[0].nonzero(as_tuple=True)
    centre, context = chunk.words[0][t + 5][:pairs], chunk.words[0][t + o][:pairs]
    noise = draw_noise(vocabulary.counts, (len(centre), 5), g)
    W, V = (nn.Embedding(len(vocabulary), 100, sparse=True) for _ in range(2))
    optimiser = torch.optim.SparseAdam([*W.parameters(), *V.parameters()], lr=1e-3)
    start = time.process_time()
    for some in torch.arange(len(centre)).split(batch):
        optimiser.zero_grad()
        h = W(centre[some])
        true, false = (V(context[some]) * h).sum(1), torch.bmm(V(noise[some]), h[:, :, None])[:, :, 0]
        (-logsigmoid(true).sum() - logsigmoid(-false).sum()).backward()
        optimiser.step()
    seconds = time.process_time() - start
    read = len(x) * len(centre) / len(t)  # words that were read to get these pairs, those left out at random too
    return seconds / read * 1e6


def held_out_loss(fit: Fit, sentences: list[list[str]], model: str) -> float:
    """Return the mean -log σ(v_x·h) - Σ log σ(-v_z·h) in nats, z five noise words, over held-out predictions."""
    x = [fit.vocabulary.encode(s) for s in sentences]
    g = torch.Generator().manual_seed(0)
    words = torch.cat(x)
    sentence = torch.arange(len(x)).repeat_interleave(torch.tensor([len(s) for s in x]))
    chunk = Batcher(fit.vocabulary.counts, 5, 512, 1e-3).cut(words, sentence, g)
    padded = [torch.cat([t[: len(fit.vocabulary)], t.new_zeros(1, t.shape[1])]) for t in (fit.vectors, fit.outputs)]
    total, count = 0.0, 0.0
    for seen, pairs, n in zip(*chunk, strict=True):
        near = seen.unfold(0, 11, 1)
        z = draw_noise(fit.vocabulary.counts, (len(n), 5), g)
        if model == "skip-gram":
            h = padded[0][seen[5:-5]]
            hit = (pairs * logsigmoid((padded[1][near] * h[:, None]).sum(2))).sum(1)
        else:
            h = (pairs[:, :, None] * padded[0][near]).sum(1) / n.clamp(min=1)[:, None]
            n = n.clamp(max=1)
            hit = n * logsigmoid((padded[1][seen[5:-5]] * h).sum(1))
        miss = logsigmoid(-(padded[1][z] * h[:, None]).sum(2)).sum(1)
        total -= float((hit + n * miss).sum())
        count += float(n.sum())
    return total / count


def quality(fit: Fit, held_out: list[list[str]], model: str, loss: str) -> dict[str, float]:
    """Return all scores of one fit."""
    frequent = WordVectors(fit.vectors, fit.vocabulary, restrict=LIMIT)
    scores = {
        "analogies": frequent.analogies(load("analogies").sections)["all"].accuracy,
        "WordSim-353, rank correlation": WordVectors(fit.vectors, fit.vocabulary)
        .word_pairs(load("wordsim353").pairs)
        .spearman,
    }
    if loss == "negative":
        scores["held-out loss"] = held_out_loss(fit, held_out, model)
    return scores | {"largest norm": float(torch.cat([fit.vectors, fit.outputs]).norm(dim=1).max())}


UNITS = {
    "analogies": ("%", "within 1 point"),
    "WordSim-353, rank correlation": ("", "within 0.03"),
    "held-out loss": ("nats", "within 1%"),
    "largest norm": ("", "bounded"),
}
TARGETS = {("skip-gram", "negative"): ">= 2.5"}


def compare(corpus: str) -> list[dict[str, Any]]:
    """Train both on one corpus with all seeds, in turn, and return the rows."""
    data: Any = load(corpus)
    train, held_out, epochs = list(data.sentences("train")), list(data.sentences("valid")), EPOCHS[corpus]
    words = sum(map(len, train)) * epochs / 1e6
    rows = []
    for model, loss in METHODS[corpus]:
        seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
        scores: dict[str, list[dict[str, float]]] = {"ours": [], "theirs": []}
        ours(train[:100], 1, model, loss, 0)  # warm-up: what is compiled at its first call is compiled here
        for seed in SEEDS:
            for who, trainer in (("ours", ours), ("theirs", theirs)):
                fit = trainer(train, epochs, model, loss, seed)
                seconds[who].append(fit.cpu)
                scores[who].append(quality(fit, held_out, model, loss))
                speed = f"{words / fit.cpu:.3f}M words/CPU-s"
                print(corpus, model, loss, seed, who, speed, scores[who][-1], flush=True)
        work = f"{corpus}, {model}, {loss}"
        mine, other = (mean(seconds[who]) / words for who in ("ours", "theirs"))
        rows.append(row(f"{work}: a million words", "gensim", "s", mine, other, TARGETS.get((model, loss), ">= 1")))
        if corpus == "brown" and (model, loss) == METHODS[corpus][0]:
            slow = typical(train, Vocabulary.of(train, min_count=5))
            rows.append(row(f"{work}: a million words", "autograd, sparse Adam", "s", mine, slow, "none"))
        for score in scores["ours"][0]:
            mine, other = (mean(s[score] for s in scores[who]) for who in ("ours", "theirs"))
            unit, target = UNITS[score]
            small = corpus == "brown" and loss != "negative"  # too few analogies are right to tell two programs apart
            rows.append(row(f"{work}: {score}", "gensim", unit, mine, other, "none" if small else target))
    return rows


def threads() -> list[dict[str, Any]]:
    """Return for both corpora how many times as fast two workers are, by the clock, and how good their vectors are."""
    rows = []
    for corpus, methods in METHODS.items():
        data: Any = load(corpus)
        train, held_out, (model, loss) = list(data.sentences("train")), list(data.sentences("valid")), methods[0]
        one, two = (
            {who: who(train, EPOCHS[corpus], model, loss, 0, workers) for who in (ours, theirs)} for workers in (1, 2)
        )
        work = f"threads, {corpus}, {model}, {loss}: "
        mine, other = (one[who].wall / two[who].wall for who in (ours, theirs))
        rows.append(row(work + "one worker's time / two workers'", "gensim", "x", mine, other, ">= 1.5 x"))
        scores = {who: quality(fit, held_out, model, loss) for who, fit in two.items()}
        print(corpus, "two workers", scores, flush=True)
        for score, (unit, target) in UNITS.items():
            mine, other = (scores[who][score] for who in (ours, theirs))
            rows.append(row(f"{work}{score} with two", "gensim", unit, mine, other, target))
    return rows


def floor(
    V: int = 50_000, dim: int = 100, window: int = 5, positions: int = 512, noise: int = 120
) -> list[dict[str, Any]]:
    """Return the time of the operations that skip-gram's step cannot do without, beside that of the whole step."""
    g = torch.Generator().manual_seed(0)
    W, U = torch.rand(V + 1, dim, generator=g), torch.rand(V + 1, dim, generator=g)
    steps = Steps(W, U, window=window, positions=positions)
    seen = torch.randint(0, V, (positions + 2 * window,), generator=g)
    pairs = (torch.arange(2 * window + 1) != window).float().expand(positions, -1)
    batch = Batch(seen, pairs, pairs.sum(1), torch.randint(0, V, (noise,), generator=g))
    rows_ = torch.cat([seen, seen, batch.noise])
    vectors, H, Z = W[rows_], torch.rand(4, positions // 4, dim), torch.rand(4, noise // 4, dim)
    G = torch.rand(4, positions // 4, noise // 4)
    candidates = {
        "fetch": lambda: W.index_select(0, rows_),
        "add": lambda: U.index_add_(0, rows_, vectors, alpha=1e-9),
        "window": lambda: (
            steps.bands.dot(W[:positions], W[: len(seen)]),
            steps.bands.gather(W[: len(seen)]),
            steps.bands.scatter(W[:positions]),
        ),
        "noise": lambda: (H @ Z.mT, G @ Z, G.mT @ H),
        "step": lambda: steps.skip_gram_negative(batch, 1e-9),
    }
    seconds = cpu_seconds({name: partial(again, call) for name, call in candidates.items()}, repeats=15)
    each = {name: 1e6 * value / AGAIN / positions for name, value in seconds.items()}
    whole = each.pop("step")
    rows = [
        row(f"floor, a position: {name}", "the whole step", "µs", value, whole, "none") for name, value in each.items()
    ]
    return [*rows, row("floor, a position: these together", "the whole step", "µs", sum(each.values()), whole, "none")]


AGAIN = 100  # one call is too short for the clock


def again(call: Callable[[], Any]) -> None:
    """Call many times."""
    for _ in range(AGAIN):
        call()


PARTS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "brown": partial(compare, "brown"),
    "wikipedia-2014": partial(compare, "wikipedia-2014"),
    "threads": threads,
    "floor": floor,
}


def main(parts: list[str]) -> None:
    """Run the parts and replace their rows in the results."""
    torch.set_num_threads(1)
    path = results_dir() / "benchmarks" / "word2vec.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    for part in parts:
        kept = [line for line in kept if not line["work"].startswith(f"{part}, ")] + PARTS[part]()
    order = list(PARTS)
    report("word2vec", sorted(kept, key=lambda line: order.index(line["work"].split(",")[0])))


if __name__ == "__main__":
    main(sys.argv[1:] or list(PARTS))
