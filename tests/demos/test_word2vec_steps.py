"""The demo that takes word2vec step by step: words, pairs, losses, steps and trees are the library's."""

import re
from itertools import product

import pytest
import torch
from demo_pages import open_demo, text
from node import node
from torch import Tensor

from lecturelib.words import Vocabulary
from lecturelib.words.word2vec import reference
from lecturelib.words.word2vec.huffman import huffman

SCRIPTS = ("models.js", "word_pairs.js")
TEXT = "The King rules the land; the queen, too. Zo\u00eb's cat sleeps!\nA cat"
FIRST = """(sentences, model, L, passes, seed) => {
    const found = [], sizes = [], u = uniforms(seed);
    const uniform = () => { const one = u(); sizes.push(1 + Math.floor(one * L)); return one; };
    for (const { pass, t, inputs, target } of predictions(sentences, model, L, uniform)) {
        if (pass > passes) return [found, sizes];
        found.push([inputs, target]);
    }
}"""
STEP = "(W, V, inputs, decisions, rate) => ({ ...ascend(W, V, inputs, decisions, rate), W, V })"


def table(rows: int, seed: int, width: int = 3) -> Tensor:
    return torch.randn(rows, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_words_and_counts_are_the_library_s():
    got = node(SCRIPTS, "readWords", TEXT, 600)
    sentences = [re.findall(r"[\w']+", one) for one in re.split(r"[.!\n]+", TEXT.lower()) if one]
    want = Vocabulary.of(sentences)
    assert got["words"] == list(want.words)
    assert got["counts"] == want.counts.tolist()
    assert got["sentences"] == [want.encode(one).tolist() for one in sentences]


@pytest.mark.parametrize(
    "written",
    ["", " .?!", "\U0001f642 \U0001f680\U0001f642", "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd", 2500 * "ab. "],
)
def test_any_text_is_read(written):
    got = node(SCRIPTS, "readWords", written, 600)
    assert sum(map(len, got["sentences"])) == min(got["total"], 600) == sum(got["counts"])
    assert (got["total"] == 0) == (written.strip(" .?!") == "")


@pytest.mark.parametrize(("model", "L"), list(product(["skip-gram", "cbow"], [1, 3])))
def test_predictions_are_the_reference_s(model, L):
    sentences = [[0, 1, 2, 3, 0, 4], [2, 1], [5]]
    got, sizes = node(SCRIPTS, FIRST, sentences, model, L, 2, 3)
    assert max(sizes) == L
    want: list[tuple[list[int], int]] = []
    drawn = iter(sizes)
    for x in 2 * sentences:
        for t in range(len(x)):
            b = next(drawn)
            context = [i for i in range(max(0, t - b), min(len(x), t + b + 1)) if i != t]
            want += reference.predictions("skip-gram" if model == "skip-gram" else "CBOW", x, t, context)
    assert [(list(inputs), target) for inputs, target in got] == want
    if L == 1:  # the windows are not random
        of_one = [list(reference.windows(len(x), 1, torch.Generator())) for x in sentences]
        name = "skip-gram" if model == "skip-gram" else "CBOW"
        pairs = [
            one
            for x, all_t in zip(sentences, of_one, strict=True)
            for t, context in all_t
            for one in reference.predictions(name, x, t, context)
        ]
        assert want == 2 * pairs


@pytest.mark.parametrize("inputs", [[3], [3, 1, 4]])
def test_a_step_of_negative_sampling_is_the_reference_s(inputs):
    W, V, target, noise = table(7, 1), table(7, 2), 5, torch.tensor([2, 6, 5, 2])
    decisions = node(SCRIPTS, "negativeDecisions", target, noise.tolist())
    got = node(SCRIPTS, STEP, W.tolist(), V.tolist(), inputs, decisions, 0.3)
    loss = -reference.negative_sampling(W[inputs].mean(dim=0), V, target, noise, negative=4)
    assert abs(got["loss"] - float(loss)) < 1e-9
    reference.negative_sampling_step(W, V, inputs, target, noise, 0.3)
    assert torch.tensor(got["W"], dtype=torch.float64).sub(W).abs().max() < 1e-9
    assert torch.tensor(got["V"], dtype=torch.float64).sub(V).abs().max() < 1e-9


def test_trees_and_their_steps_are_the_library_s():
    counts = torch.tensor([9, 5, 5, 3, 2, 2, 1, 1, 1])
    tree, paths = huffman(counts), node(SCRIPTS, "huffman", counts.tolist())
    for path, nodes, turns in zip(paths, tree.nodes, tree.turns, strict=True):
        n = len(path)
        assert [one["row"] for one in path] == nodes[:n].tolist()
        assert [one["c"] for one in path] == turns[:n].tolist()
        assert not turns[n:].any()
    W, V = table(9, 1).requires_grad_(), table(8, 2).requires_grad_()
    h = W[[3, 4]].mean(dim=0)
    n = len(paths[7])
    log_p = reference.hierarchical_softmax(h, V, tree.nodes[7, :n], tree.turns[7, :n].double())
    dW, dV = torch.autograd.grad(log_p, [W, V])
    got = node(SCRIPTS, STEP, W.tolist(), V.tolist(), [3, 4], paths[7], 0.3)
    assert abs(got["loss"] + float(log_p.detach())) < 1e-9
    assert torch.tensor(got["W"], dtype=torch.float64).sub(W + 0.3 * dW).abs().max() < 1e-9
    assert torch.tensor(got["V"], dtype=torch.float64).sub(V + 0.3 * dV).abs().max() < 1e-9
    p = node(SCRIPTS, "treeProbabilities", paths, V.tolist(), h.tolist())
    assert torch.tensor(p, dtype=torch.float64).log().sub(tree.log_prob(h[None], V)[0]).abs().max() < 1e-9


def test_noise_is_drawn_by_counts_to_the_power_of_three_quarters():
    counts = torch.tensor([16, 4, 1, 1])
    script = "(counts, us) => { const u = us[Symbol.iterator](), draw = noiseWords(counts, () => u.next().value); \
        return us.map(draw); }"
    us = [(k + 0.5) / 1000 for k in range(1000)]
    got = torch.bincount(torch.tensor(node(SCRIPTS, script, counts.tolist(), us)), minlength=4)
    q = counts.double() ** 0.75
    assert (got / 1000 - q / q.sum()).abs().max() <= 1e-3


@pytest.mark.slow
def test_the_page(watched):
    page = open_demo(watched, "word2vec_steps", reduced_motion="reduce")
    area, status = page.get_by_label("A text of your own"), page.locator(".lecture-demo-status")
    page.get_by_role("button", name="Next prediction").click()
    assert "the → king: loss 2.08 nats" in status.inner_text()  # 3 log 2: the output vectors begin at 0
    assert page.locator("tbody tr").count() == 3
    page.get_by_role("button", name="Run 100 passes").click()
    page.wait_for_function("document.querySelector('[data-out=progress]')?.innerText.startsWith('Pass 101')")
    near = text(page, "near")
    assert near.count(",") == 3
    page.get_by_role("button", name="Link to this").click()
    again = watched()
    again.page.goto(page.url)
    again.page.wait_for_selector(".lecture-demo-plane")
    again.page.wait_for_function("near => document.querySelector('[data-out=near]')?.innerText === near", arg=near)
    page.get_by_label("Loss").select_option("tree")
    page.get_by_role("button", name="Next prediction").click()
    words = page.locator(".lecture-demo-tree li")
    assert words.count() == 28
    assert abs(sum(float(one.split()[-1][:-1]) for one in words.all_inner_texts()) - 100) < 1.5
    assert page.locator("tbody tr").count() == len(
        page.locator(".lecture-demo-tree li[aria-current] span").first.inner_text()
    )
    for hostile in ("", "\U0001f642" * 9, "a a. a"):
        area.fill(hostile)
        assert "at least two different words" in status.inner_text()
        assert page.get_by_role("button", name="One pass").is_disabled()
    area.fill("\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd <b>" + 5000 * "x" + 2000 * " y z")
    assert "the first 600 are read" in status.inner_text()
    page.get_by_role("button", name="One pass").click()
    page.wait_for_function("document.querySelector('[data-out=progress]')?.innerText.startsWith('Pass 2')")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Reset").click()
    assert "Nothing predicted yet" in page.locator("tbody").inner_text()
