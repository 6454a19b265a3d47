"""The six synthetic courses: each expected flag with its severity, no other, and the milestones noted."""

import json
from pathlib import Path

import pytest

import clinical
from clinical.case_file import read_case
from clinical.replay import replay
from clinical.rulebook import load_rulebook

CASES = sorted((Path(clinical.__file__).parent / "cases").glob("c*.json"))
# The expectations are complete for these rules; others may fire beside them.
COVERED = frozenset(
    "R01 R02 R03 R04 R07 R08 R09 R10 R11 R12 R14 R15 R20 R21 R22 R23 R24 R25 R27 R28 R30 R31 R32 R33 R34 R36 "
    "R37 R38 R40 R42 R43 R44 R45 R46 R47 R48 R49 R50 R52 R60 R61 R62 R63 R64 R66 R80 R82 R84 R93 R96".split()
)
# As the notes say them; the first event that shows one is the day it is first reached.
MILESTONES = {
    ("C1", "2024-02-19"): {"M1", "M2", "M3"},
    ("C1", "2024-03-18"): {"M3s", "M5"},
    ("C1", "2024-04-22"): {"M8"},
    ("C1", "2024-07-15"): {"M9", "M10", "M11"},
    ("C1", "2024-10-14"): {"M10s", "M12"},
    ("C1", "2025-01-13"): {"M7", "M15"},
    ("C2", "2024-04-01"): {"M1", "M2"},
    ("C2", "2024-08-19"): {"M3"},
    ("C2", "2024-11-18"): {"M3s"},
    ("C7", "2024-05-20"): {"M2", "M3"},
    ("C8", "2024-08-12"): {"M8"},
    ("C8", "2024-11-11"): {"M9", "M11"},
    ("C8", "2025-02-17"): {"M10"},
}
STILL_MET = {("C2", "2024-11-18"): {"M6"}, ("C2", "2025-02-10"): {"M6"}, ("C7", "2024-07-15"): {"M3"}}
NEVER = {"C2": {"M7", "M15"}, "C4": {"M7"}, "C8": {"M3", "M5", "M7", "M15"}}


def events(path):
    case = json.loads(path.read_text(encoding="utf-8"))
    lines = list(replay(read_case(case), load_rulebook()))
    assert [line["date"] for line in lines] == [event["date"] for event in case["events"]]
    return case["id"], list(zip(case["events"], lines, strict=True))


def pairs(rows):
    return {(row["id"], row["severity"]) for row in rows}


EVENTS = [
    pytest.param(name, *pair, id=f"{name} {pair[0]['date']}")
    for p in CASES
    for name, e in [events(p)]
    for pair in e
]


def test_six_courses_are_here():
    assert len(CASES) == 6


@pytest.mark.parametrize(("name", "event", "line"), EVENTS)
def test_flags_are_exactly_those_expected(name, event, line):
    expected = {row for row in pairs(event["expected_flags"]) if row[1] != "NOT"}
    assert {row for row in pairs(line["flags"]) if row[0] in COVERED} == expected
    forbidden = {row["id"] for row in event["expected_flags"] if row["severity"] == "NOT"}
    assert not forbidden & {row["id"] for row in line["flags"]}


@pytest.mark.parametrize(("name", "event", "line"), EVENTS)
def test_calculated_values_are_those_of_the_course(name, event, line):
    for key, value in event["calc"].items():
        assert line["calc"][key] == pytest.approx(value, abs=0.06)


@pytest.mark.parametrize(("name", "event", "line"), EVENTS)
def test_proposed_orders_are_answered_where_one_is_made(name, event, line):
    assert pairs(line.get("proposal_flags", ())) == pairs(event.get("expected_proposal_flags", ()))
    assert ("proposal_flags" in line) == ("proposes" in event)


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_milestones_of_the_notes_are_reached_on_their_day(path):
    name, course = events(path)
    seen = set()
    for event, line in course:
        new = set(line["milestones"]) - seen
        wanted = MILESTONES.get((name, event["date"]), set())
        assert wanted <= new
        assert STILL_MET.get((name, event["date"]), set()) <= set(line["milestones"])
        noted_elsewhere = {key for (case, _), keys in MILESTONES.items() if case == name for key in keys}
        assert not (new - wanted) & noted_elsewhere
        seen |= set(line["milestones"])
    assert not seen & NEVER.get(name, set())
