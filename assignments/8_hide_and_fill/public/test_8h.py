"""8h: what the squared error paints, and what a discriminator makes of it."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(1)
def test_painting(student, checked):
    v = checked("8h")
    close(student.best_painting(v["p"], v["y"]), v["best"], name="best_painting")


@pytest.mark.points(1)
def test_expected_error(student, checked):
    v = checked("8h")
    close(student.expected_error(v["p"], v["y"], v["a"]), v["error"], name="expected_error")


@pytest.mark.points(1)
def test_best_discriminator(student, checked):
    v = checked("8h")
    close(student.best_discriminator(v["p_real"], v["q_painted"]), v["D"], name="best_discriminator")


@pytest.mark.points(1)
def test_loss_of_the_discriminator(student, checked):
    v = checked("8h")
    close(student.discriminator_loss(v["real"], v["painted"]), v["d_loss"], name="discriminator_loss")
    large = torch.tensor([1000.0, -1000.0])
    close(student.discriminator_loss(large, large), torch.tensor(1000.0), name="discriminator_loss of large logits")


@pytest.mark.points(1)
def test_joint_loss(student, checked):
    v = checked("8h")
    close(student.joint_loss(v["reconstruction"], v["painted"], 0.1), v["joint"], name="joint_loss")
    large = torch.tensor([1000.0, -1000.0])
    close(student.joint_loss(v["reconstruction"], large, 1.0), torch.tensor(500.0), name="joint_loss of large logits")
