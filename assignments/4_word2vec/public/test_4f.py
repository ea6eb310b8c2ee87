"""4f: analogies."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_answers(student, checked):
    v = checked("4f")
    got = [student.analogy(v["vectors"], a, (a + 1) % 12, (a + 5) % 12) for a in range(12)]
    close(got, v["answers"].tolist(), name="answers")


@pytest.mark.points(1)
def test_question_words(student, checked):
    vectors = checked("4f")["vectors"]
    asked = [(a, (a + 3) % 12, (a + 4) % 12) for a in range(12)]
    wrong = [question for question in asked if student.analogy(vectors, *question) in question]
    assert not wrong, f"analogy: expected a word that is not in the question, got one of {wrong[0]}"
