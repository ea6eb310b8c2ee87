"""5b: colours."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_colours(student, checked):
    v = checked("5b")
    close(student.channel_drop(v["x"], v["keep"], v["noise"]), v["out"], name="channel_drop")
