"""3e: temperature."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_probabilities(student, checked):
    v = checked("3e")
    close(student.at_temperature(v["logits"], 0.5), v["p"], name="at_temperature")


@pytest.mark.points(1)
def test_temperature_zero(student, checked):
    v = checked("3e")
    close(student.at_temperature(v["logits"], 0), v["greedy"], name="at_temperature")


@pytest.mark.points(2)
def test_draws(student, checked):
    v = checked("3e")
    close(student.draw(v["p"], v["u"]), v["drawn"], name="draw")
