"""4a: pairs."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_pairs(student, checked):
    v = checked("4a")
    close(student.skip_gram_pairs(v["words"], 2), (v["centres"], v["contexts"]), name="skip_gram_pairs")
