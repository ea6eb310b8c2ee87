"""4f: analogies."""

import pytest
from reference import questions

from lecturelib.homework import close


@pytest.mark.points(2)
def test_answers(student, generator):
    vectors, asked = questions(generator, sizes=(0.2, 4.0), planted=True)
    assert len(asked) > 5
    close([student.analogy(vectors, *q[:3]) for q in asked], [q[3] for q in asked], name="answers")


@pytest.mark.points(1)
def test_question_words(student, generator):
    vectors, asked = questions(generator, sizes=(1.0, 1.0), planted=False)
    assert len(asked) > 5
    close([student.analogy(vectors, *q[:3]) for q in asked], [q[3] for q in asked], name="answers")
