"""Files written aside: whole or not there."""

import pytest

from lecturelib.atomic import atomic_write


def test_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new folder" / "a.txt"
    with atomic_write(path) as aside:
        aside.write_text("first")
        assert not path.exists()
    assert path.read_text() == "first"

    def interrupted():
        with atomic_write(path) as aside:
            aside.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "first"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]
