"""What is hidden: the masks of LeCun's list, and the experiment on them."""

import pytest
import torch

from lecturelib.autoregressive import OrderAgnosticNADE
from lecturelib.experiments import runner, what_to_hide
from lecturelib.experiments.what_to_hide import COUNTS, DIFFICULTY, PARTS, RECENT, SIDE, D


def masks(name, n=2000):
    return (PARTS | DIFFICULTY)[name](n, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", [*PARTS, *DIFFICULTY])
def test_nothing_that_is_predicted_is_visible_and_each_image_has_something_to_predict(name):
    visible, hidden = masks(name)
    assert visible.shape == hidden.shape == (2000, D)
    assert visible.dtype == hidden.dtype == torch.bool
    assert not (visible & hidden).any()
    assert hidden.any(dim=1).all()


@pytest.mark.parametrize(
    "name", [name for name in PARTS if name not in ("future from recent past", "past from present")]
)
def test_all_that_is_not_visible_is_predicted(name):
    visible, hidden = masks(name)
    assert torch.equal(visible, ~hidden)


def test_past_and_future_are_cut_at_one_pixel_of_the_raster_order():
    visible, _ = masks("future from past")
    now = visible.sum(dim=1, keepdim=True)
    assert torch.equal(visible, torch.arange(D) < now)
    assert now.min() == 1
    assert now.max() == D - 1


def test_the_recent_past_and_the_present_are_two_rows_at_the_most():
    visible, future = masks("future from recent past")
    now = D - future.sum(dim=1)
    assert torch.equal(visible.sum(dim=1), now.clamp(max=RECENT))
    assert (visible.roll(1, dims=1)[torch.arange(2000)[now < D], now[now < D]]).all()  # it ends just before the future
    visible, past = masks("past from present")
    assert torch.equal(visible.sum(dim=1), (D - past.sum(dim=1)).clamp(max=RECENT))
    assert RECENT == 2 * SIDE


def test_the_hole_is_a_square_of_half_the_side_everywhere():
    _, hidden = masks("occluded from visible")
    rows, columns = hidden.view(-1, SIDE, SIDE).any(dim=2), hidden.view(-1, SIDE, SIDE).any(dim=1)
    assert (rows.sum(dim=1) == SIDE // 2).all()
    assert (columns.sum(dim=1) == SIDE // 2).all()
    assert torch.equal(hidden.view(-1, SIDE, SIDE), rows[:, :, None] & columns[:, None])
    assert hidden.any(dim=0).all()  # no pixel is always visible


def test_so_many_pixels_are_hidden_as_the_name_says():
    for count, name in zip(COUNTS, DIFFICULTY, strict=True):
        _, hidden = masks(name)
        assert (hidden.sum(dim=1) == count).all()


def test_nats_are_those_of_the_hidden_pixels_alone():
    model, x = OrderAgnosticNADE(D, (4,)), (torch.rand(5, D) < 0.3).float()
    visible, hidden = masks("occluded from visible", 5)
    p = torch.sigmoid(model.logits(x, visible))
    expected = -torch.where(x == 1, p, 1 - p).log()[hidden].mean()
    torch.testing.assert_close(what_to_hide.prediction_nats(model, x, (visible, hidden)), expected)


@pytest.mark.slow
@pytest.mark.needs_data("mnist")
def test_an_interrupted_run_is_resumed_and_gives_the_same_rows(tmp_path, monkeypatch):
    few = {name: PARTS[name] for name in ("top from bottom", "any from any")}
    monkeypatch.setattr(what_to_hide, "PARTS", few)
    monkeypatch.setattr(what_to_hide, "DIFFICULTY", {})
    whole = what_to_hide.measure(tmp_path / "whole.json", "smoke", (0,))
    again = what_to_hide.measure(tmp_path / "part.json", "smoke", (0,))
    again["rows"] = again["rows"][:2]
    runner.write(tmp_path / "part.json", again)
    resumed = what_to_hide.measure(tmp_path / "part.json", "smoke", (0,))

    def scores(content):
        return [(row["hidden"], row["scores"]) for row in content["rows"]]

    assert scores(resumed) == scores(whole)
    assert [row["hidden"] for row in whole["rows"]] == [what_to_hide.PIXELS, what_to_hide.RANDOM, *few]


def test_stored_results_bear_out_what_the_chapter_says():
    rows = runner.read(what_to_hide.__name__)["rows"]
    probe: dict[str, list[float]] = {}
    for row in rows:
        probe.setdefault(row["hidden"], []).append(row["scores"]["probe"])
    mean = {name: sum(values) / len(values) for name, values in probe.items()}
    assert {len(values) for name, values in probe.items() if name != what_to_hide.PIXELS} == {3}
    best = max(DIFFICULTY, key=mean.__getitem__)
    easiest, *_, hardest = DIFFICULTY
    assert best not in (easiest, hardest)
    assert mean[best] > mean[what_to_hide.RANDOM] + 3
    assert mean[easiest] < mean[what_to_hide.RANDOM]
    assert mean["occluded from visible"] > mean["top from bottom"] + 1
    for row in rows:
        if "nats per hidden pixel" in row["scores"]:
            assert row["scores"]["nats per hidden pixel"] < row["scores"]["independent pixels"]
