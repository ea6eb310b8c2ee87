"""8g: the channel-wise layer and the error in the hole."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_channelwise(student, checked):
    v = checked("8g")
    close(student.channelwise(v["x"], v["W"], v["b"]), v["y"], name="channelwise")


@pytest.mark.points(1)
def test_error(student, checked):
    v = checked("8g")
    close(student.masked_square(v["x"], v["painted"], v["mask"]), v["loss"], name="masked_square")
