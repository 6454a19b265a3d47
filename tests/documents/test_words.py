"""The words of each document: sourced, complete, and plain enough to be read by nearly everybody."""

import re

import pytest

from clinical import drugs
from clinical.datafile import RulebookError
from documents.content import FOLDER, Point, load_words, words_of
from documents.models import DocumentKind

HIGHEST_GRADE = 8
SILENT_ENDS = ("es", "ed", "e")


def syllables(word):
    """Groups of vowels, less a silent ending; the usual estimate."""
    word = re.sub(r"[^a-z]", "", word.lower())
    count = len(re.findall(r"[aeiouy]+", word))
    ends_silent = word.endswith(SILENT_ENDS) and not re.search(
        r"(le|ted|ded|ses|ces|ges|xes|shes|ches)$", word
    )
    return max(1, count - (1 if ends_silent and count > 1 else 0))


def grade(sentences):
    """Flesch-Kincaid: 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid 1975)."""
    words = [word for sentence in sentences for word in re.findall(r"[A-Za-z][A-Za-z'-]*", sentence)]
    per_word = sum(map(syllables, words)) / len(words)
    return 0.39 * len(words) / len(sentences) + 11.8 * per_word - 15.59


def sentences_of(texts):
    found = [sentence for text in texts for sentence in re.split(r"(?<=[.!?])\s+", text)]
    return [sentence for sentence in found if re.search("[A-Za-z]", sentence)]


def texts_of(section):
    """Paragraphs, and points with their bold lead as part of the first sentence: the harsher count."""
    points = [Point(point) if isinstance(point, str) else point for point in section.points]
    return [*section.text, *(f"{point.lead.rstrip('.:,')} {point.text}" for point in points)]


def said(words):
    """What a patient reads; the note for the laboratory is not for him."""
    sections = [section for section in words.sections if section.heading != "For the laboratory"]
    return [words.subtitle, words.lead, *(text for section in sections for text in texts_of(section))]


@pytest.mark.parametrize(
    ("text", "expected"), [("clomiphene", 3), ("testosterone", 4), ("dose", 1), ("tablet", 2), ("changed", 1)]
)
def test_syllables_are_counted_as_they_are_spoken(text, expected):
    assert syllables(text) == expected


def test_the_grade_tells_plain_from_learned():
    assert grade(["The cat sat on the mat.", "It was warm."]) < 2
    learned = (
        "Pharmacological antagonism at hypothalamic receptors potentiates endogenous gonadotropin secretion."
    )
    assert grade([learned]) > 15


@pytest.mark.parametrize("kind", DocumentKind)
def test_it_is_read_at_grade_eight_or_below(kind):
    words = words_of(kind.value)
    assert grade(sentences_of(said(words))) <= HIGHEST_GRADE
    for section in words.sections:
        texts = sentences_of(texts_of(section))
        assert not texts or grade(texts) <= HIGHEST_GRADE or section.heading == "For the laboratory"


@pytest.mark.parametrize("kind", DocumentKind)
def test_no_sentence_runs_on(kind):
    longest = max(sentences_of(said(words_of(kind.value))), key=lambda sentence: len(sentence.split()))
    assert len(longest.split()) <= 25, longest


@pytest.mark.parametrize("kind", DocumentKind)
def test_every_section_cites_a_source_with_its_mark(kind):
    words = words_of(kind.value)
    assert all(section.cites for section in words.sections)
    assert all(source.mark for source in words.sources)
    assert words.header.reviewer


def test_a_handout_tells_what_its_drug_asks_for():
    words = words_of("clomiphene")
    drugs.drug(words.drug)
    shown = {section.shows for section in words.sections}
    assert {"dose", "tests", "off_label"} <= shown
    stop = next(section for section in words.sections if section.tone == "stop")
    assert [point.lead for point in stop.points] == ["Your eyes.", "A blood clot.", "Your mood."]


@pytest.mark.parametrize("kind", DocumentKind)
def test_it_gives_no_advice_that_software_computed(kind):
    text = " ".join(said(words_of(kind.value))).lower()
    for word in ("you should increase", "your result is", "you are recovering", "recommended for you"):
        assert word not in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("cites: [schedule]", "cites: [schedule, nowhere]"), "sections cite"),
        (("cites: [schedule]", "cites: []"), "sections cite"),
        (("shows: tests", "shows: weather"), "shows"),
        (("  - {key: tubes,", "  - {key: morning,"), "sections cite"),
    ],
)
def test_a_file_with_a_fault_is_refused_by_name(change, message, tmp_path):
    text = (FOLDER / "lab_preparation.yaml").read_text()
    assert change[0] in text
    path = tmp_path / "lab_preparation.yaml"
    path.write_text(text.replace(*change))
    with pytest.raises(RulebookError, match=message) as problem:
        load_words(path)
    assert "lab_preparation.yaml" in str(problem.value)


def test_every_kind_has_its_words():
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(DocumentKind.values)
