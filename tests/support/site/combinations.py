"""Random answers, each the same for the same number; and links that people have shared."""

import random

from support.options import CHOICES, Answers, possible
from support.texts import draw

# They are in messages and bookmarks: none of these lines may change, only more may come.
SHARED = (
    "#answers=%7B%22database%22%3A%22postgresql%22%2C%22tasks%22%3A%22redis%22%7D",
    "#answers=%7B%22project_name%22%3A%22%EC%B1%85+%EA%B0%80%EA%B2%8C%22%2C%22domains%22%3A%22books%28title%2C+price%3Adecimal%29%22%7D",
    # A question that was never asked, a choice that was never offered, and an answer that is no text.
    "#answers=%7B%22cache%22%3A%22memory%22%2C%22database%22%3A%22mysql%22%2C%22tasks%22%3A7%2C%22ci%22%3A%22none%22%7D",
)


def good_text(number: int) -> str:
    """The first text from there on that has no mistake."""
    while (text := draw(number)).wrong:
        number += 1000
    return text.text


def combination(number: int) -> Answers:
    chance = random.Random(number)
    while True:
        answers = {question: chance.choice(choices) for question, choices in CHOICES.items()}
        if possible(answers):
            return {"domains": good_text(number), **answers}
