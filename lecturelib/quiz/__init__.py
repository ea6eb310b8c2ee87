"""Questions to test oneself: a file of questions per chapter, shown in the page without a kernel or a network.

>>> ask("nade", "order")                # one question, in a notebook or on the site
>>> test_yourself("fvsbn", "nade")      # all questions of some chapters, mixed, with a score

`NAME.md` holds the questions of the chapter NAME. Each begins with a heading, its label; then comes the question, a
paragraph of Markdown; then either choices, each with its reason after `::`, or one number::

    ## order
    In how many orders can $D$ pixels be read?

    - [ ] $D$ :: Only the first pixel can be chosen in $D$ ways.
    - [x] $D!$ :: Any of the $D$ pixels may be first, any of the other $D - 1$ second, and so on.
    check: math.factorial(3) == len(list(itertools.permutations(range(3))))

    ## parameters
    How many parameters has a tied NADE with $D = 4$ pixels and $H = 2$ hidden units?

    answer: 22 :: $V$ and $W$ have $DH = 8$ each, the biases $D + H = 6$.
    check: 2 * 4 * 2 + 4 + 2 == 22

A `check`, of which there may be several, is a Python expression that a test evaluates.
"""

from lecturelib.quiz.page import ask, test_yourself
from lecturelib.quiz.questions import Choice, Question, chapters, parse, questions

__all__ = ["Choice", "Question", "ask", "chapters", "parse", "questions", "test_yourself"]
