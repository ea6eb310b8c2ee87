"""One odd argument at a time, for each function of a table: it works, without NaN, or is refused in one line."""

import math
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lecturelib import augment, probing, sampling
from lecturelib.augment import colors, crops, patches
from lecturelib.autoregressive import FVSBN, NADE, PixelCNN
from lecturelib.backbones import ResNet
from lecturelib.contrastive import SimCLR, cpc, simclr
from lecturelib.explorers import words as explored
from lecturelib.pretext import Exemplar, Jigsaw, RelativePatch, inpainting, jigsaw, regions, rotation
from lecturelib.recurrent import LSTM, RNN
from lecturelib.recurrent.handwriting import Mixture
from lecturelib.words import (
    MaskedLM,
    NGram,
    Vocabulary,
    correlation,
    evaluation,
    feature_rows,
    mixture,
    neural_lm,
    phrases,
    smoothing,
    tags,
    tasks,
    translation,
    translation_scores,
    vector_files,
    word2vec,
)

pytestmark = pytest.mark.usefixtures("plain_errors")  # as users have it: no types are checked at run time
NAMED = re.compile(r"\A['\"]?[\w .,'\[\]`(){}=/-]{1,60}: (expected|.*, expected).*\Z")


def draw(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def encoder() -> nn.Module:
    return ResNet(3, 4, (1, 1)).eval()


IMAGES, FACTORS, GENERATOR = draw(3, 3, 16, 16), torch.full((3,), 1.2), torch.Generator()
MASK = torch.zeros(3, 1, 16, 16).index_fill(2, torch.arange(4, 12), 1.0)
ORDERS = torch.stack([torch.arange(9), torch.arange(9).flip(0)])
X, Y = draw(20, 3), torch.arange(20) % 2
PAIR, ROWS = [X, Y], torch.tensor([[0, 1], [1, 2]])
VOCABULARY = Vocabulary({"a": 5, "b": 3, "c": 2})
VECTORS = evaluation.WordVectors(draw(6, 3), list("abcdef"))
LOG_P = draw(4).log()
TABLE: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "luminance": (colors.luminance, (IMAGES,)),
    "adjust_hue": (augment.adjust_hue, (IMAGES, FACTORS / 5)),
    "adjust_contrast": (augment.adjust_contrast, (IMAGES, FACTORS)),
    "channel_drop": (lambda x, n, g: augment.channel_drop(x, noise=n, generator=g), (IMAGES, 0.1, GENERATOR)),
    "project_colors": (augment.project_colors, (IMAGES,)),
    "interpolation_matrix": (crops.interpolation_matrix, (torch.zeros(2), torch.full((2,), 8.0), 8, 4)),
    "random_boxes": (
        lambda n, h, w, s, r, g: augment.random_boxes(n, h, w, scale=s, ratio=r, generator=g),
        (3, 16, 16, (0.1, 1.0), (0.7, 1.3), GENERATOR),
    ),
    "random_resized_crop": (lambda x, n, s: augment.random_resized_crop(x, n, scale=s), (IMAGES, 8, (0.1, 1.0))),
    "resized_crop": (augment.resized_crop, (IMAGES, torch.tensor([[0, 0, 8, 8]] * 3), 8)),
    "blur": (lambda x, k, s: augment.gaussian_blur(x, kernel_size=k, sigma=s), (IMAGES, 3, (0.1, 2.0))),
    "compose": (augment.compose, ("crop", "blur")),
    "crop_at": (patches.crop_at, (IMAGES, torch.zeros(3, 2, dtype=torch.int64), 4)),
    "FVSBN": (FVSBN(4), (draw(2, 4).round(),)),
    "NADE": (NADE(4, 3), (draw(2, 4).round(),)),
    "NADE.sample": (lambda n, g: NADE(4, 3).sample(n, generator=g), (2, GENERATOR)),
    "PixelCNN": (PixelCNN(1, 2, 4, 1), (draw(2, 1, 4, 4).round().long(),)),
    "ResNet": (encoder(), (IMAGES,)),
    "info_nce": (cpc.info_nce, (draw(4, 3), draw(4, 3))),
    "nt_xent": (simclr.nt_xent, (draw(4, 3), draw(4, 3), 0.5)),
    "SimCLR": (SimCLR(encoder()).eval().loss, ([IMAGES, IMAGES],)),
    "Exemplar": (Exemplar(encoder(), 4).eval().loss, ([IMAGES, torch.arange(3)], GENERATOR)),
    "Jigsaw": (lambda orders, tile: Jigsaw(encoder(), orders, tile=tile), (ORDERS, 8)),
    "Jigsaw.features": (Jigsaw(encoder(), ORDERS).eval().features, (IMAGES,)),
    "normalised": (jigsaw.normalised, (draw(2, 9, 3, 4, 4),)),
    "recolor": (RelativePatch(encoder(), color="drop").recolor, (IMAGES, GENERATOR)),
    "RelativePatch": (RelativePatch(encoder()).eval(), (IMAGES, IMAGES)),
    "rotate": (rotation.rotate, (IMAGES, 1)),
    "ContextEncoder": (
        inpainting.ContextEncoder(ResNet(3, 4, (1, 1, 1, 1)), size=16).eval().complete,
        (IMAGES, MASK),
    ),
    "gradient_energy": (inpainting.gradient_energy, (IMAGES, MASK)),
    "silhouettes": (lambda n, s, x, g: regions.silhouettes(n, s, x, generator=g), (2, 8, draw(3, 1, 9, 9), GENERATOR)),
    "frozen_features": (probing.frozen_features, (encoder(), IMAGES, None, 2)),
    "linear_probe": (probing.linear_probe, (PAIR, PAIR, PAIR, [1e-2])),
    "ridge_probe": (probing.ridge_probe, (PAIR, PAIR, 1e-2)),
    "logistic_regression": (probing.logistic_regression, (X, Y, 2, 1e-2)),
    "categorical": (sampling.categorical, (torch.tensor([[0.5, 0.5]]), torch.tensor([0.3]))),
    "uniform": (lambda shape, x, g: sampling.uniform(shape, like=x, generator=g), ((2, 3), X, GENERATOR)),
    "LSTM": (LSTM(3, 4), (draw(2, 5, 3), None, torch.tensor([5, 3]))),
    "RNN": (RNN(3, 4), (draw(2, 5, 3), torch.zeros(1, 2, 4))),
    "Mixture": (Mixture.from_outputs(draw(2, 5, 13)).log_prob, (draw(2, 5, 3),)),
    "biased": (Mixture.from_outputs(draw(2, 5, 13)).biased, (0.5,)),
    "neural_lm.windows": (neural_lm.windows, (ROWS, 3)),
    "NGram": (NGram(2, 4).fit, (torch.arange(30) % 4,)),
    "MaskedLM": (MaskedLM(VOCABULARY, 4, 2, 1, max_length=7), (ROWS,)),
    "special": (lambda special: MaskedLM(VOCABULARY, 4, 2, 1, special=special), (["a"],)),
    "Vocabulary.of": (Vocabulary.of, ([["a", "b"], ["a"]],)),
    "encode": (VOCABULARY.encode, (["a", "b"],)),
    "decode": (VOCABULARY.decode, ([0, 1],)),
    "WordVectors": (evaluation.WordVectors, (draw(4, 3), list("abcd"))),
    "number": (VECTORS.number, ("a",)),
    "nearest": (VECTORS.nearest, (draw(3), 2)),
    "word_pairs": (VECTORS.word_pairs, ([("a", "b", 1.0), ("a", "c", 2.0)],)),
    "analogies": (VECTORS.analogies, ({"s": [("a", "b", "c", "d")]},)),
    "parallelism": (evaluation.parallelism, (VECTORS, [("a", "b"), ("c", "d")])),
    "mixture": (mixture.mixture, (LOG_P, LOG_P.flip(0), 0.5)),
    "mixture_weight": (lambda p, q, n: mixture.mixture_weight(p, q, steps=n), (LOG_P, LOG_P.flip(0), 5)),
    "correlation": (correlation.correlation, (draw(4), draw(4).flip(0))),
    "rank_correlation": (correlation.rank_correlation, (draw(4), draw(4).flip(0))),
    "LinearMap.fit": (translation.LinearMap().fit, (draw(5, 3), draw(5, 3))),
    "nearness": (translation.nearness, (draw(4, 3), draw(5, 3), 2)),
    "csls": (translation.csls, (draw(4, 3), draw(5, 3), draw(5), 2)),
    "centred": (translation.centred, (draw(4, 3),)),
    "precision": (translation_scores.precision, (ROWS, [[1], [2]])),
    "occurrences": (translation_scores.occurrences, (ROWS, 4)),
    "skewness": (translation_scores.skewness, (torch.tensor([1, 2, 0]),)),
    "edit_distances": (translation_scores.edit_distances, (["ab", "a"], ["ab", "b"])),
    "most_frequent_tag": (tags.most_frequent_tag, (["a", "b"], ["x", "y"])),
    "spans": (tags.spans, (["B-a", "I-a", "O"],)),
    "span_f1": (tags.span_f1, ([["B-a", "O"]], [["B-a", "O"]])),
    "standardised": (feature_rows.standardised, (draw(5, 3), torch.arange(3))),
    "moments": (feature_rows.moments, (draw(5, 3),)),
    "WindowTagger": (
        tasks.WindowTagger(tasks.Lookup(draw(5, 4), finetune=False), 3, reach=1),
        (torch.ones(3, 3, dtype=torch.int64), torch.ones(3, 3, dtype=torch.int64)),
    ),
    "SentenceClassifier": (tasks.SentenceClassifier, (tasks.Lookup(draw(5, 4), finetune=False), 3)),
    "word_rows": (feature_rows.word_rows, (["a", "b"], VOCABULARY)),
    "tasks.windows": (
        lambda rows, n, reach, edge: tasks.windows(rows, n, reach=reach, edge=edge),
        (torch.arange(3), torch.tensor([2, 1]), 1, 4),
    ),
    "find_phrases": (phrases.find_phrases, ([["new", "york"]] * 9,)),
    "likeliest_weights": (
        smoothing.likeliest_weights,
        (torch.full((2, 1), 0.5).double(), draw(2, 5).double(), torch.zeros(5, dtype=torch.int64)),
    ),
    "discounts": (smoothing.discounts, (torch.tensor([1, 2, 3, 1, 2, 4, 3]),)),
    "huffman": (word2vec.huffman.huffman, (torch.tensor([3, 2, 1]),)),
    "keep_probability": (word2vec.batcher.keep_probability, (torch.tensor([3, 2, 1]), 1e-3)),
    "EmbeddingExplorer": (explored.EmbeddingExplorer, (VECTORS, "a - b + c", 5)),
}


def odd(value: Any) -> dict[str, Any]:
    """Return what may be given in place of `value`."""
    if isinstance(value, Tensor):
        return odd_tensors(value)
    if isinstance(value, bool | int | float):
        return {"None": None, "str": "x", "list": [value], "bool": True, "minus": -1, "nan": math.nan, "0d": X[0, 0]}
    if isinstance(value, str):
        return {"None": None, "int": 3, "list": [value], "bytes": b"a", "empty": ""}
    if isinstance(value, torch.Generator):
        return {"1": 1, "array": np.random.default_rng(0), "str": "x"}
    if isinstance(value, nn.Module):
        return {"None": None, "class": type(value), "function": lambda x: x}
    if isinstance(value, dict):
        return {
            "None": None,
            "list": list(value.items()),
            "str": "abc",
            "keys": list(value),
            "values": dict.fromkeys(value),
        }
    if isinstance(value, list | tuple):
        return {"None": None, "str": "abc", "int": 3, "empty": [], "nested": [value], "None in it": [None]} | (
            {
                "iterator": iter(value),
                "map": (x for x in value),
                "bytes": b"ab",
                "one": value[:1],
                "3": [*value, 1],
            }
        )
    return {"int": 3, "str": "abc", "list": [1]}


def odd_tensors(x: Tensor) -> dict[str, Any]:
    dtypes = (torch.bool, torch.uint8, torch.int32, torch.uint16, torch.float16, torch.bfloat16, torch.float64)
    found: dict[str, Any] = {str(dtype): x.to(dtype) for dtype in (*dtypes, torch.complex64)}
    found |= {"None": None, "list": x.tolist(), "array": x.numpy(), "str": "abc", "int": 3, "meta": x.to("meta")}
    found |= {"0d": x.flatten()[0], "empty": x[:0], "one": x[:1], "more": x[None], "flat": x.flatten()}
    found |= {"strided": torch.stack([x, x], dim=-1)[..., 0], "transposed": x.mT if x.dim() > 1 else x, "minus": -1 - x}
    if x.is_floating_point():
        values = {"nan": math.nan, "inf": math.inf, "constant": 0.5, "zeros": 0.0}
        return (
            found | {name: torch.full_like(x, v) for name, v in values.items()} | {"grad": x.clone().requires_grad_()}
        )
    return found | {"large": x + 1000}


def has_nan(x: Any) -> bool:
    if isinstance(x, Tensor):
        return x.is_floating_point() and not x.is_meta and bool(x.isnan().any())
    if isinstance(x, float):
        return math.isnan(x)
    return any(map(has_nan, x)) if isinstance(x, tuple | list) else False


FINITE_IN_ONLY = (
    "info_nce",
    "normalised",
    "interpolation_matrix",
    "recolor",
    "Mixture",
    "luminance",
    "crop_at",
    "csls",
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TABLE)
def test_an_odd_argument_works_or_is_refused_in_one_line(name: str):
    call, arguments = TABLE[name]
    assert not has_nan(call(*arguments))
    for k, right in enumerate(arguments):
        for kind, wrong in odd(right).items():
            try:
                with torch.random.fork_rng():
                    found = call(*arguments[:k], wrong, *arguments[k + 1 :])
            except (TypeError, ValueError, KeyError) as error:
                assert NAMED.match(str(error)), f"argument {k}, {kind}: {type(error).__name__}: {error}"  # noqa: PT017
            except Exception as error:
                pytest.fail(f"argument {k}, {kind}: {type(error).__name__}: {error}")
            else:
                given = has_nan(wrong) or kind in ("nan", "inf")
                assert not has_nan(found) or (given and name in FINITE_IN_ONLY), f"argument {k}, {kind}: NaN"


@pytest.mark.parametrize("read", [vector_files.read, evaluation.WordVectors.from_word2vec_file, VECTORS.save])
@pytest.mark.parametrize("path", [None, 3, b"vectors.txt", "", "a\0b", ["vectors.txt"]])
def test_what_is_no_path(read: Callable[[Any], object], path: Any):
    with pytest.raises((TypeError, ValueError), match=r"path: expected (a|the) path"):
        read(path)


@pytest.mark.parametrize("words", [None, 3, "ab", b"ab", [1, 2], {"a", "b"}])
def test_words_of_a_file_are_strings_in_an_order(tmp_path: Path, words: Iterable[str]):
    with pytest.raises(TypeError, match="words: expected a list of strings"):
        vector_files.write(tmp_path / "vectors.txt", words, draw(2, 3))
    assert not any(tmp_path.iterdir())


def test_masks_are_no_numbers_of_translations():
    for mask in ([[True], [False]], [torch.tensor([True]), torch.tensor([False])], [np.array([True])] * 2):
        with pytest.raises(TypeError, match="answers: expected one collection of integers for each word"):
            translation_scores.precision(ROWS, mask)


def leaves(x: Any) -> list[Any]:
    """Return what is in lists, tuples, mappings and the library's own objects."""
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, list | tuple):
        return [leaf for part in x for leaf in leaves(part)]
    if not isinstance(x, Tensor) and type(x).__module__.startswith("lecturelib") and hasattr(x, "__dict__"):
        return leaves(list(vars(x).values()))
    return [x]


def changed(x: Any, change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(x, list | tuple):
        return type(x)(changed(part, change) for part in x)
    return change(x) if isinstance(x, Tensor) else x


def assert_same(found: Any, expected: Any) -> None:
    for x, y in zip(leaves(found), leaves(expected), strict=True):
        if isinstance(x, Tensor | float):
            torch.testing.assert_close(x, y, rtol=1e-5, atol=1e-5, equal_nan=True)
        else:
            assert x == y or not isinstance(x, int | str)


def reversed_memory(x: Tensor) -> Tensor:
    """The same numbers, in memory the other way round."""
    y = torch.empty(x.shape[::-1], dtype=x.dtype).permute(*range(x.dim() - 1, -1, -1))
    return y.copy_(x)


MAKES_WEIGHTS = ("NADE.sample", "special")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TABLE)
def test_neither_the_users_defaults_nor_the_memory_count_and_arguments_are_left(name: str):
    call, arguments = TABLE[name]

    def result(change: Callable[[Tensor], Tensor] = torch.clone) -> Any:
        given = changed(arguments, change)
        for generator in (x for x in given if isinstance(x, torch.Generator)):
            generator.manual_seed(0)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            found = call(*given)
        assert_same(given, arguments)
        return found

    expected = result()
    for change in (reversed_memory, lambda x: x.clone().requires_grad_() if x.is_floating_point() else x):
        assert_same(result(change), expected)
    if name in MAKES_WEIGHTS:
        return
    with torch.device("meta"):
        assert_same(result(), expected)
    for dtype in (torch.float64, torch.bfloat16):
        torch.set_default_dtype(dtype)
        try:
            assert_same(result(), expected)
        finally:
            torch.set_default_dtype(torch.float32)
