"""The reading age of the portal's fixed texts, by the grade of Flesch and Kincaid (1975).

grade = 0.39 x words a sentence + 11.8 x syllables a word - 15.59
"""

import re
from pathlib import Path

import pytest

from portal.presenters.plain import MILESTONES, PREPARE_BLOOD, PREPARE_SEMEN, TESTS

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "portal"
GRADE = 8.0
# Words that the rule of vowel groups miscounts, and letters that are read out one by one.
SPOKEN = {
    "lh": 2,
    "fsh": 3,
    "ml": 2,
    "testosterone": 4,
    "clinic": 2,
    "medicine": 3,
    "ejaculate": 4,
    "lab's": 1,
}


def syllables(word: str) -> int:
    word = word.lower()
    if word in SPOKEN:
        return SPOKEN[word]
    if word.isdigit():
        return 2
    silent = re.sub(r"(?:[^laeiouy]es|[^l]e|[^aeiouydt]ed)$", lambda found: found[0][0], word)
    return max(1, len(re.findall(r"[aeiouy]+", silent)))


def grade(text: str) -> float:
    sentences = [part for part in re.split(r"[.?!:]+(?:\s|$)", text) if part.strip()]
    words = re.findall(r"[A-Za-z0-9']+", text)
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def paragraphs() -> dict[str, str]:
    """The sentences of every paragraph and item in the portal's templates, and those passed to components."""
    found = {}
    for path in sorted(TEMPLATES.glob("*.html")):
        source = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.S)
        blocks = re.findall(r"<(?:p|li|h2|h3)\b[^>]*>(.*?)</(?:p|li|h2|h3)>", source, flags=re.S)
        blocks += re.findall(r'(?:text|legend|subtitle)="([^"]*)"', source)
        for number, block in enumerate(blocks):
            text = re.sub(r"{{.*?}}", "May", re.sub(r"{%.*?%}", " ", re.sub(r"<[^>]*>", " ", block)))
            text = " ".join(text.split())
            if len(text.split()) > 3:
                found[f"{path.name} {number}"] = text
    return found


TEXTS = {
    **paragraphs(),
    **{f"milestone {key}": f"{plain.title}. {plain.text}" for key, plain in MILESTONES.items()},
    **{f"prepare {number}": text for number, text in enumerate((*PREPARE_BLOOD, *PREPARE_SEMEN))},
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_reads_at_grade_eight_or_lower(name: str) -> None:
    assert grade(TEXTS[name]) <= GRADE, TEXTS[name]


def test_all_texts_together_read_lower_still() -> None:
    assert grade(" ".join(TEXTS.values())) <= 6.0


def test_what_tests_look_at_is_said_in_plain_words() -> None:
    assert grade(". ".join(TESTS.values())) <= GRADE


def test_the_templates_are_read_at_all() -> None:
    told = " ".join(paragraphs().values())
    assert "We count from May, when your last dose had left the body." in told
    assert "No test is planned right now." in told


@pytest.mark.parametrize(
    ("word", "count"),
    [("body", 2), ("dose", 1), ("signals", 2), ("range", 1), ("measured", 2), ("table", 2), ("counted", 2)],
)
def test_syllables_are_counted(word: str, count: int) -> None:
    assert syllables(word) == count


def test_hard_words_are_found_out() -> None:
    hard = "Spermatogenesis recovers contingent upon gonadotropin availability following discontinuation."
    assert grade(hard) > 12
