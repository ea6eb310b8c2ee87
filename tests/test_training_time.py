"""Trainings that are out of time, losses that are read back together, and the device that the environment chooses."""

import pytest
import torch
from training_setup import setup, trained

from lecturelib import __version__, chapter
from lecturelib.training import OutOfTimeError, loop
from lecturelib.training.checkpoints import Checkpoint


def test_a_run_that_is_out_of_time_again_and_again_ends_as_the_unbroken_one(tmp_path, monkeypatch):
    """Stopped within epochs, between them and before validations, each time in another folder."""
    data = setup()[2]
    held_out = tuple(part[:16] for part in data)
    whole, expected = trained(valid=held_out)
    asked = [0]

    def every_fifth_time(self, before):
        asked[0] += 1
        return asked[0] % 5 == 0

    monkeypatch.setattr(Checkpoint, "out_of_time", every_fifth_time)
    stops: list[str] = []
    while True:
        folder = tmp_path / str(len(stops))
        folder.mkdir()
        if stops:
            (tmp_path / str(len(stops) - 1) / "a").rename(folder / "a")
        try:
            weights, history = trained(valid=held_out, checkpoint=folder / "a", checkpoint_seconds=1e9)
            break
        except OutOfTimeError as stop:
            stops.append(str(stop))
    assert len(stops) == 8, "32 steps and 4 validations are 36 questions, 8 of which are asked twice"
    assert torch.equal(weights, whole)
    assert (history.train, history.valid) == (expected.train, expected.valid)
    assert stops[0] == "time is over in epoch 1 of 4, after 4 steps"


def test_a_deadline_that_is_over_takes_no_step(tmp_path):
    with pytest.raises(OutOfTimeError, match="after 0 steps"):
        trained(checkpoint=tmp_path / "a", deadline=0.0)
    with pytest.raises(ValueError, match=r"^deadline: expected None without a `checkpoint`"):
        trained(deadline=0.0)


def test_losses_that_are_read_back_together_are_the_same_and_nan_has_its_step(monkeypatch):
    """As on a GPU, where each reading would wait for it."""
    _, loss, _, _ = setup()
    whole, expected = trained()
    reads: list[loop._Losses] = []
    read = loop._Losses.read

    def counted(self: loop._Losses, **options: bool) -> None:
        reads.append(self)
        read(self, **options)

    monkeypatch.setattr(loop._Losses, "read", counted)
    monkeypatch.setitem(loop.READ_EVERY, "cpu", 3)
    weights, history = trained()
    assert len(reads) == 4 * (2 + 1), "8 steps an epoch: twice three, and the rest at its end"
    assert torch.equal(weights, whole)
    assert history.train == expected.train
    for bad in (10, 12, 15, 16):
        calls = iter(range(100))
        with pytest.raises(
            FloatingPointError, match=rf"^loss: .* at step {bad} \(epoch {bad // 8 + 1}, batch {bad % 8 + 1}"
        ):
            trained(loss=lambda m, b, bad=bad, calls=calls: loss(m, b) * (float("nan") if next(calls) == bad else 1))


def test_the_environment_chooses_the_device_of_training_and_of_chapters(monkeypatch, capsys):
    monkeypatch.setenv("LECTURELIB_DEVICE", "cpu")
    trained()
    chapter.start(minutes=1)
    first, second, _ = capsys.readouterr().out.splitlines()
    assert first == "device: CPU, 1 thread; budget: cpu; about 1 min on two CPU cores"
    assert second == f"lecturelib {__version__}, torch {torch.__version__}; seed of torch: {torch.initial_seed()}"
    there = torch.accelerator.current_accelerator(check_available=True)
    for name in {"tpu", "mps" if there is None or there.type != "mps" else "cuda"}:
        monkeypatch.setenv("LECTURELIB_DEVICE", name)
        for call in (trained, lambda: chapter.start(minutes=1)):
            with pytest.raises(ValueError, match=f"^LECTURELIB_DEVICE: expected .*got '{name}'"):
                call()
