"""The demo of word vectors: its neighbours, analogies and axes are those of lecturelib.words, in the same order."""

import re

import pytest
import torch
from demo_pages import open_demo, text
from node import node

from lecturelib.demos import sky

SCRIPTS = ("models.js", "sky.js")
ASK = """(packed, near, analogies, axes) => {
    const of = space(packed.words.split("\\n"), decode(packed.tensors.vectors)), number = (word) => of.number.get(word);
    const told = ({ found, scores }) => [found.map((i) => of.words[i]), found.map((i) => scores[i])];
    return [
        near.map((word) => told(nearest(of, number(word), 20))),
        analogies.map(([a, b, c, method, exclude]) => told(analogy(of, ...[a, b, c].map(number), method, exclude, 10))),
        axes.map(([a, b]) => Array.from(along(of, number(a), number(b)))),
        ["frogs", "zzz", "constructor", ""].map((word) => meant(of, word, 3)),
    ];
}"""
NEAR = ("frog", "the", "paris", "seven")
QUESTIONS = (("man", "woman", "king"), ("france", "paris", "italy"), ("good", "better", "high"), ("the", "the", "a"))
AXES = (("small", "large"), ("man", "woman"), ("frog", "frog"))


def test_the_page_answers_as_the_library():
    vectors = sky.vectors()
    analogies = [(*q, m, e) for q in QUESTIONS for m in ("3cosadd", "3cosmul", "argmin") for e in (True, False)]
    near, solved, places, meant = node(SCRIPTS, ASK, sky.packed(), NEAR, analogies, AXES)
    for word, (found, scores) in zip(NEAR, near, strict=True):
        expected = vectors.nearest(word, 20)
        assert found == [name for name, _ in expected]
        assert torch.allclose(torch.tensor(scores), torch.tensor([cosine for _, cosine in expected]), atol=1e-6)
    unit, rows = vectors.unit, vectors.vectors
    for (a, b, c, method, exclude), (found, scores) in zip(analogies, solved, strict=True):
        i, j, k = vectors.numbers([a, b, c])
        if method == "argmin":
            want = -(rows - (rows[j] - rows[i] + rows[k])).norm(dim=1)
        elif method == "3cosadd":
            want = unit @ (unit[j] - unit[i] + unit[k])
        else:
            near_a, near_b, near_c = ((1 + unit @ unit[x]) / 2 for x in (i, j, k))
            want = near_b * near_c / (near_a + 1e-6)
        want = want.clone()
        if exclude:
            want[vectors.numbers([a, b, c])] = -torch.inf
        best, order = want.sort(descending=True, stable=True)
        assert found == [vectors.words[x] for x in order[:10]], (a, b, c, method, exclude)
        assert torch.allclose(torch.tensor(scores, dtype=torch.float64), best[:10], atol=1e-12)
    for (a, b), got in zip(AXES, places, strict=True):
        i, j = vectors.numbers([a, b])
        d = unit[j] - unit[i]
        want = (unit - unit[i]) @ d / d.square().sum() if a != b else torch.zeros(len(unit))
        assert torch.allclose(torch.tensor(got, dtype=torch.float64), want.double(), atol=1e-12)
    assert meant[0][0] == "frog"
    assert all(word.startswith("zz") or word.startswith("z") for word in meant[1])
    assert meant[2][0].startswith("construct")
    assert meant[3] == []


def test_the_answers_are_right_as_often_as_the_librarys_analogies_say():
    score = sky.vectors().analogies({"one": [("man", "woman", "king", "queen")]})["one"]
    assert score.correct == 1
    places = sky.plane()
    assert places.shape == (len(sky.vectors().words), 2)
    assert 0.99 < float(places.abs().max()) <= 1


@pytest.mark.slow
def test_the_page_asks_finds_and_links(watched):
    page = open_demo(watched, "words")
    status, found = page.get_by_role("status"), page.locator("[data-word]")
    vectors = sky.vectors()
    assert found.all_inner_texts() == [word for word, _ in vectors.nearest("frog", 10)]
    word = page.get_by_label("Word", exact=True)
    word.fill("  Guitar ")
    word.press("Enter")
    assert found.all_inner_texts() == [word for word, _ in vectors.nearest("guitar", 10)]
    for odd, said in (
        ("guitarrr", "“guitarrr” is not among the 12,000 words. Perhaps guitar"),
        ("<b>x", "“<b>x” is not among"),
        ("", "Type a word"),
        ("\u202eab😀", "is not among"),
        ("constructor", "is not among"),
    ):
        word.fill(odd)
        word.press("Enter")
        assert said in status.inner_text()
    assert len(page.locator(".lecture-demo b").all()) == 0
    page.get_by_role("button", name="Analogy").click()
    assert found.first.inner_text() == "queen"
    assert status.inner_text() == "As man is to woman, so is king to queen"
    page.get_by_label("leave these three words out").uncheck()
    assert found.first.inner_text() == "king"
    page.get_by_label("Formula").select_option("argmin")
    numbers = [float(one) for one in page.locator("[data-out=found] span").all_inner_texts()]
    assert numbers == sorted(numbers)  # distances, the smallest first
    answers = found.all_inner_texts()
    page.get_by_role("button", name="Link to this").click()
    again = watched().open("book/words-light.html#" + page.url.split("#")[1])
    again.wait_for_selector("[data-word]")
    assert again.locator("[data-word]").all_inner_texts() == answers
    again.get_by_role("button", name="Reset").click()
    assert again.locator("[data-word]").first.inner_text() == vectors.nearest("frog", 1)[0][0]
    page.get_by_role("button", name="Axis").click()
    placed = found.all_inner_texts()
    d = vectors.unit[vectors.number("large")] - vectors.unit[vectors.number("small")]
    assert placed == sorted(placed, key=lambda one: float(vectors.unit[vectors.number(one)] @ d))
    page.get_by_label("Words to place").fill("cat, qqqq; DOG " + "a" * 200)
    page.get_by_label("Words to place").press("Enter")
    assert "Without a vector: qqqq" in status.inner_text()
    assert set(found.all_inner_texts()) == {"small", "large", "cat", "dog"}
    canvas = page.locator("canvas")
    canvas.focus()
    for key in ("+", "+", "ArrowLeft", "-", "Enter"):
        page.keyboard.press(key)
    assert re.match("Nearest to [a-z]+, by cosine", status.inner_text())
    for _ in range(5):
        page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Whole sky").click()
    found.first.click()
    assert text(page, "map").startswith("Laid out by t-SNE")
    broken = watched().open("book/words-light.html#words=near.zzzz.man.woman.king.3cosadd.1.small.large.x")
    broken.wait_for_selector("[data-word]")
    assert broken.locator("[data-word]").first.inner_text() == vectors.nearest("frog", 1)[0][0]
    milliseconds = page.evaluate("""() => {
        const { words, weights } = LectureDemos.loaded.words, { space, nearest } = LectureDemos.pages.words;
        const of = space(words.split("\\n"), weights.vectors), times = [];
        for (let k = 0; k < 20; k += 1) {
            const start = performance.now();
            nearest(of, 500 * k, 10);
            times.push(performance.now() - start);
        }
        return times.sort((a, b) => a - b)[10];
    }""")
    print(f"neighbours among 12,000 words: {milliseconds:.1f} ms")
