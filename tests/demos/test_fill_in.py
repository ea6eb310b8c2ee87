"""The demo that fills in any covered part of a digit: its numbers are PyTorch's, and it does what its page says."""

import pytest
import torch
from demo_pages import open_demo, settled, shown, text
from small_models import images, sent_model
from torch.nn.functional import binary_cross_entropy_with_logits

pytestmark = pytest.mark.slow

WEIGHTS = "LectureDemos.loaded.any_part.weights"
PAGE = "LectureDemos.pages.fill_in"


def visible_pixels() -> torch.Tensor:
    return torch.rand(784, generator=torch.Generator().manual_seed(1)) < 0.4


def test_logits_equal_pytorch(watched):
    page = open_demo(watched, "any_part")
    x, m, model = images(3).double(), visible_pixels(), sent_model("any_part")
    want = model.logits(x, m).detach()
    assert want.std(dim=0).mean() > 0.1  # else a model that ignores x could pass
    script = f"([x, m]) => [...{PAGE}.allLogits({WEIGHTS}, x, m)]"
    got = torch.tensor(
        [page.evaluate(script, [row, m.int().tolist()]) for row in x.int().tolist()], dtype=torch.float64
    )
    difference = (got - want).abs()
    print(f"logits: difference to PyTorch at most {difference.max():.1e}, mean {difference.mean():.1e}")
    assert difference.max() < 1e-9


def test_what_is_filled_in_equals_pytorch_from_shared_uniforms(watched):
    page = open_demo(watched, "any_part")
    x, m, model = images(1).double(), visible_pixels(), sent_model("any_part")
    want = model.complete(x, m, generator=torch.Generator().manual_seed(5))[0]
    generator = torch.Generator().manual_seed(5)
    hidden = (~m).nonzero()[:, 0]
    order = hidden[torch.randperm(len(hidden), generator=generator)]
    u = torch.rand(1, 784, generator=generator, dtype=torch.float64)[0, order]
    script = f"""([x, m, order, us]) => {{
        const next = us && us[Symbol.iterator](), uniform = us && (() => next.next().value);
        const walk = {PAGE}.fillIn({WEIGHTS}, x, m, order, uniform);
        let step;
        do step = walk.next(); while (!step.done);
        return [[...step.value.image], step.value.nats];
    }}"""
    arguments = [x[0].int().tolist(), m.int().tolist(), order.tolist()]
    image, nats = page.evaluate(script, [*arguments, u.tolist()])
    assert image == want.int().tolist()
    whole = torch.cat([m.nonzero()[:, 0], order])  # the visible pixels first: theirs are the first terms of the sum
    first = torch.cat([m.nonzero()[:, 0], order[:0]])
    for x_filled, value in ((want[None], nats), (x, page.evaluate(script, [*arguments, None])[1])):
        logits, terms = [], x_filled[:, whole]
        for d in range(len(first), 784):
            seen = torch.zeros(784, dtype=torch.bool)
            seen[whole[:d]] = True
            logits.append(model.logits(x_filled, seen)[:, whole[d]])
        log_p = -binary_cross_entropy_with_logits(torch.stack(logits, 1), terms[:, len(first) :], reduction="sum")
        assert abs(value - float(log_p.detach())) < 1e-8


def test_covering_filling_undo_reset_and_a_link(watched):
    page = open_demo(watched, "any_part")
    settled(page)
    assert text(page, "hidden") == "392"  # the upper half
    first = page.locator("[data-completion] span").all_inner_texts()
    page.get_by_label("Predict").select_option("occluded from visible")
    page.wait_for_function("document.querySelector('[data-out=hidden]')?.innerText === '196'")
    settled(page)
    page.locator(".lecture-demo-grid").focus()
    page.keyboard.press("Space")  # covers 3 x 3 around row 7, column 15, of which two rows are outside of the square
    page.wait_for_function("document.querySelector('[data-out=hidden]')?.innerText !== '196'")
    more = text(page, "hidden")
    assert page.get_by_label("Predict").input_value() == ""
    assert "hidden" in page.get_by_role("status").inner_text()
    page.get_by_role("radio", name="Draw").check()
    page.locator(".lecture-demo-grid").focus()
    page.keyboard.press("Space")
    page.wait_for_function("more => document.querySelector('[data-out=hidden]')?.innerText !== more", arg=more)
    assert page.get_by_role("status").inner_text().endswith("ink")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function("more => document.querySelector('[data-out=hidden]')?.innerText === more", arg=more)
    settled(page)
    found = page.locator("[data-completion] span").all_inner_texts()
    page.get_by_role("button", name="Link to this").click()
    address = page.url
    again = open_demo(watched, "any_part")
    again.goto(address)
    again.reload()
    again.wait_for_selector(".lecture-demo-completions")
    settled(again)
    assert again.locator("[data-completion] span").all_inner_texts() == found
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function("document.querySelector('[data-out=hidden]')?.innerText === '392'")
    settled(page)
    assert page.locator("[data-completion] span").all_inner_texts() == first


def test_a_broken_link_shows_the_demo_as_it_begins(watched, site):
    page = watched().open("book/any_part-light.html#any_part=3.zz.ff")
    page.wait_for_selector(".lecture-demo-completions")
    settled(page)
    assert text(page, "hidden") == "392"


def test_the_truth_has_the_log_probability_that_pytorch_gives(watched):
    page = open_demo(watched, "any_part")
    page.get_by_label("Predict").select_option("any from any")
    page.get_by_role("button", name="Example digit 7").click()
    settled(page)
    script = f"""() => {{
        const m = {PAGE}.part("any from any", 28, LectureDemos.uniforms(0)), uniform = LectureDemos.uniforms(0);
        return [[...m], {PAGE}.randomOrder(m, uniform), [...LectureDemos.loaded.any_part.digits[7].x]];
    }}"""
    m, order, x = page.evaluate(script)
    assert sorted(order) == [i for i, one in enumerate(m) if not one]
    model, image = sent_model("any_part"), torch.tensor([x], dtype=torch.float64)
    seen, total = torch.tensor(m, dtype=torch.bool), 0.0
    for i in order:
        logit = model.logits(image, seen)[:, i]
        total -= float(binary_cross_entropy_with_logits(logit, image[:, i]).detach())
        seen[i] = True
    assert text(page, "truth") == shown(torch.tensor(total))
