"""The PDFs read back: what they say, about whom, and the structure that a screen reader walks."""

import re
from datetime import date

import pytest
import time_machine

from documents.models import DocumentKind
from monitoring.actions import evaluate_episode
from tests import builders


@pytest.fixture
def handout(patient, course, ask, printed, ada):
    builders.a_patient(ada, given_name="Somebody", family_name="Else", mrn="H99999")
    with time_machine.travel("2026-02-02T09:00Z", tick=False):
        evaluate_episode(course.episode_id, clinic_id=course.clinic_id)
        document = ask(patient)
        return document, printed(document)


@pytest.fixture
def sheet(patient, ask, printed):
    return printed(ask(patient, kind=DocumentKind.LAB_PREPARATION))


def plain(page):
    return re.sub(r"\s+", " ", page.extract_text())


def structure(reader):
    """Every element of the structure tree as (tag, alternative text), in reading order."""
    found = []

    def walk(node):
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append((node["/S"][1:], node.get("/Alt")))
            walk(node.get("/K", []))

    walk(reader.trailer["/Root"]["/StructTreeRoot"]["/K"])
    return found


def test_the_handout_says_name_drug_dose_and_date(handout):
    text = plain(handout[1].pages[0])
    assert "Daniel Okafor" in text
    assert "Clomiphene citrate" in text
    assert "25 mg every other day" in text
    assert "from 26 Jan 2026" in text
    assert "Stop the tablets and get help" in text


def test_every_page_names_the_patient_the_moment_and_the_copy(handout):
    document, reader = handout
    assert len(reader.pages) == 2
    for number, page in enumerate(reader.pages, start=1):
        text = plain(page)
        for expected in (
            "Daniel Okafor",
            "Born 17 May 1988",
            "MRN H00417",
            "Harbour Clinic",
            "1 Quay Street",
            "Phone 020 7946 0000",
            "Printed at 2 Feb 2026, 09:00 GMT by Ada.",
            f"Record version {document.record_version}.",
            "Data as of 2 Feb 2026, 09:00 GMT.",
            f"Page {number} of 2",
            document.code,
            "Superseded if your dose or your clinic's advice changes.",
        ):
            assert expected in text, (number, expected)


def test_nobody_elses_name_or_number_is_in_it(handout):
    text = " ".join(plain(page) for page in handout[1].pages)
    assert "Somebody" not in text
    assert "Else" not in text
    assert set(re.findall(r"H\d{5}", text)) == {"H00417"}


def test_the_off_label_statement_and_its_source_are_in_it(handout):
    text = " ".join(plain(page) for page in handout[1].pages)
    assert "It is not approved for men." in text
    assert "Not FDA-approved for use in men." in text
    assert "US label of clomiphene citrate, indications and warnings" in text


def test_the_next_tests_are_in_it(handout):
    document, reader = handout
    first = document.inputs["tests"][0]
    target = date.fromisoformat(first["target_on"])
    text = plain(reader.pages[0])
    assert first["what"] in text
    assert f"planned for {target.day} {target:%b %Y}" in text


def test_the_lab_sheet_is_one_page_and_says_how_to_prepare(sheet):
    assert len(sheet.pages) == 1
    text = plain(sheet.pages[0])
    for expected in (
        "Daniel Okafor",
        "MRN H00417",
        "between 7 and 10",
        "Come fasting",
        "biotin",
        "No test is planned",
    ):
        assert expected in text


@pytest.mark.parametrize("kind", DocumentKind)
def test_it_is_a_tagged_pdf_ua(kind, patient, course, ask, printed):
    reader = printed(ask(patient, kind=kind))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r'pdfuaid:part="1"|<pdfuaid:part>1<', metadata)
    assert all(page["/Tabs"] == "/S" for page in reader.pages)


@pytest.mark.parametrize("kind", DocumentKind)
def test_its_headings_lists_and_pictures_are_in_the_structure(kind, patient, course, ask, printed):
    document = ask(patient, kind=kind)
    tags = structure(printed(document))
    headings = [tag for tag, _ in tags if re.fullmatch(r"H\d", tag)]
    assert headings[0] == "H1"
    assert headings.count("H1") == 1
    assert set(headings) == {"H1", "H2"}
    assert headings.count("H2") == len(document.inputs["words"]["sections"]) + 1
    figures = [alt for tag, alt in tags if tag == "Figure"]
    assert figures
    assert all(figures)
    assert {"L", "LI", "P"} <= {tag for tag, _ in tags}


def test_the_tests_are_a_table_with_headers(handout):
    tags = [tag for tag, _ in structure(handout[1])]
    assert tags.count("Table") == 1
    assert tags.count("TH") >= 3
    assert "TD" in tags


def test_its_title_and_metadata_name_no_patient(handout):
    metadata = handout[1].metadata
    root = handout[1].trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    for name in ("Okafor", "Daniel", "H00417", "1988"):
        assert name not in str(dict(metadata))
        assert name not in root


def test_all_fonts_are_the_packaged_one_and_embedded(handout):
    for page in handout[1].pages:
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            assert "Atkinson" in inner["/BaseFont"]
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & inner["/FontDescriptor"].get_object().keys()


def test_it_holds_no_script_link_or_attachment(handout):
    root = handout[1].trailer["/Root"]
    assert "/OpenAction" not in root
    assert "/AA" not in root
    assert "/EmbeddedFiles" not in root.get("/Names", {})
    assert not any("/Annots" in page for page in handout[1].pages)


def test_a_second_dose_is_printed_beside_the_first(patient, course, ask, printed, ada):
    import uuid

    from protocols import actions as protocols

    protocols.adjust_dose(
        course,
        dose=builders.a_dose("25", "daily"),
        starts_on=date(2026, 3, 9),
        reason="LH still low",
        by=ada,
        read_version=1,
        entry_key=uuid.uuid4(),
    )
    with time_machine.travel("2026-03-02T09:00Z", tick=False):
        text = plain(printed(ask(patient)).pages[0])
    assert "from 26 Jan 2026 until 9 Mar 2026, when the next dose begins" in text
    assert "25 mg daily from 9 Mar 2026" in text


def test_a_long_name_and_address_leave_nothing_out(clinic, ada, ask, printed):
    clinic.address = "\n".join(["The Old Harbour Master's House", "Unit 14, Saltworks Yard"] * 2 + ["London"])
    clinic.save()
    name = {"given_name": "Maximilian Alexander Wolfgang", "family_name": "Featherstonehaugh-Cholmondeley"}
    long = builders.a_patient(ada, **name)
    reader = printed(ask(long, kind=DocumentKind.LAB_PREPARATION))
    for number, page in enumerate(reader.pages, start=1):
        text = plain(page)
        assert "Maximilian Alexander Wolfgang Featherstonehaugh-Cholmondeley" in text
        assert f"MRN {long.mrn}" in text
        assert f"Page {number} of {len(reader.pages)}" in text
