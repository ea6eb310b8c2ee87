"""What the tests of the masked language model share."""

import pytest
from small_masked_lm import WORDS

from lecturelib.words import Vocabulary


@pytest.fixture
def vocabulary():
    return Vocabulary({word: 20 - k for k, word in enumerate(WORDS)} | {"\n": 3, "<rare>": 5}, unknown="<rare>")
