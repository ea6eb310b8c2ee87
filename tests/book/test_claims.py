"""What chapters say of stored results, held against the stored files: no model is trained here."""

from typing import Any

import pytest
import torch

from lecturelib.experiments import (
    architectures,
    augmentation_pairs,
    longer_training,
    pretext_table,
    runner,
    simclr_ablation,
)


def mean(rows: list[dict[str, Any]], name: str = "probe") -> float:
    return sum(row["scores"][name] for row in rows) / len(rows)


def test_simclr_is_far_above_random_weights():
    rows = pretext_table.rows(contrastive=True)
    assert mean(rows["SimCLR"]) > mean(rows[pretext_table.RANDOM]) + 12
    assert len(rows["SimCLR"]) == len(rows["CPC"]) == 3
    assert "SimCLR" not in pretext_table.rows()


def test_simclr_overtakes_the_pretext_tasks_with_four_times_the_training():
    rows = longer_training.rows()
    best = {name: mean(mine) for name, mine in rows.items()}
    assert all(rows.values())
    assert best["SimCLR"] > max(value for name, value in best.items() if name != "SimCLR") + 1


def test_crop_and_colour_together_are_above_each_alone():
    _, lines = augmentation_pairs.summary()
    alone, also_alone, both = (float(line[1].split()[0]) for line in lines)
    assert both > max(alone, also_alone) + 4
    assert all(line[2] == "3" for line in lines)


def test_features_before_the_projector_are_better_and_longer_training_helps():
    """What the chapter reads from the table of settings."""
    _, lines = simclr_ablation.summary()
    scores = {name: [float(cell.split()[0]) for cell in cells[:2]] for name, *cells in lines}
    assert all(before > after for name, (before, after) in scores.items() if name != "no projector")
    assert scores["four times as long"][0] > scores["twice as long"][0] > scores["as usual"][0]
    assert scores["four times as long"][0] == max(before for before, _ in scores.values())


def test_the_heat_map_has_a_distortion_alone_on_its_diagonal_and_pairs_elsewhere():
    names, table = augmentation_pairs.heat_map()
    assert names == ["crop", "cutout", "rotation", "color", "blur", "noise"]
    values = torch.tensor(table)
    assert torch.equal(values, values.T)
    rows = runner.read(augmentation_pairs.__name__)["rows"]
    cells = {tuple(r["augmentations"]): r["scores"]["probe"] for r in rows if r["training"] == augmentation_pairs.SHORT}
    assert len(cells) == 21
    assert (table[0][0], table[0][3], table[3][5]) == (
        cells["crop",],
        cells["crop", "color"],
        cells["color", "noise"],
    )
    assert max(cells, key=cells.__getitem__) == ("crop", "color")


def test_kinds_of_pairs_are_means_of_the_heat_map():
    names, table = augmentation_pairs.heat_map()
    (_, *two_geometric), (_, *mixed), (_, *two_of_appearance) = augmentation_pairs.by_kind()[1]
    assert [two_geometric[2], mixed[2], two_of_appearance[2]] == ["3", "9", "3"]
    pairs = [
        table[names.index(a)][names.index(b)]
        for a, b in (("crop", "cutout"), ("crop", "rotation"), ("cutout", "rotation"))
    ]
    assert float(two_geometric[0]) == pytest.approx(sum(pairs) / 3, abs=0.051)
    assert float(mixed[1]) > max(float(two_geometric[1]), float(two_of_appearance[1]))


def test_what_width_gains_is_the_difference_of_the_means():
    header, lines = architectures.gains()
    assert header[1:] == [*architectures.TASKS, architectures.NOTHING]
    for name, *gains in lines:
        for task, gain in zip(header[1:], gains, strict=True):
            narrow, wide = (architectures.score(task, name, width) for width in architectures.GRIDS["cpu"].widths)
            assert float(gain.split()[0]) == pytest.approx(wide - narrow, abs=0.06)
