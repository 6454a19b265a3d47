"""The replay on the command line: one JSON object per event, in order, and refusals in a sentence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import clinical
from clinical.case_file import CaseError, read_case
from clinical.replay import main

CASES = Path(clinical.__file__).parent / "cases"
ROOT = Path(__file__).parents[2]


def test_module_prints_one_object_per_event():
    run = subprocess.run(
        [sys.executable, "-m", "clinical.replay", str(CASES / "c5.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["date"] for line in lines] == [
        "2024-05-06",
        "2024-05-20",
        "2024-06-17",
        "2024-07-01",
        "2024-08-12",
        "2024-09-09",
    ]
    assert {"date", "flags", "milestones", "calc"} <= set(lines[0])
    assert lines[2]["proposal_flags"] == [{"id": "R81", "severity": "critical"}]
    assert "proposal_flags" not in lines[0]


def test_events_out_of_order_come_out_in_order(tmp_path, capsys):
    case = json.loads((CASES / "c1.json").read_text(encoding="utf-8"))
    assert main([str(CASES / "c1.json")]) == 0
    expected = capsys.readouterr().out
    case["events"].reverse()
    file = tmp_path / "reversed.json"
    file.write_text(json.dumps(case), encoding="utf-8")
    assert main([str(file)]) == 0
    assert capsys.readouterr().out == expected


def test_draft_rulebook_changes_what_is_said(tmp_path, capsys):
    rules = (ROOT / "clinical" / "rules" / "rules.yaml").read_text(encoding="utf-8")
    rules = rules.replace("status: released", "status: draft", 1)
    (tmp_path / "rules.yaml").write_text(
        rules.replace("hematocrit_watch, value: 50", "hematocrit_watch, value: 52")
    )
    assert main([str(CASES / "c1.json"), "--rulebook", str(tmp_path)]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert "R46" not in {flag["id"] for flag in first["flags"]}


@pytest.mark.parametrize(
    "content", ["not json", "[]", '{"id": "X"}', '{"context": {}, "events": [{}], "id": 1}']
)
def test_a_file_that_is_no_case_is_refused_in_a_sentence(tmp_path, capsys, content):
    file = tmp_path / "case.json"
    file.write_text(content, encoding="utf-8")
    assert main([str(file)]) == 2
    assert str(file) in capsys.readouterr().err


def test_a_missing_file_is_refused(tmp_path, capsys):
    assert main([str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err


def a_case(**context):
    event = {
        "date": "2024-05-01",
        "labs": {"TT": 250, "LH": "<0.1", "visual": 1},
        "symptoms": ["blurred vision"],
    }
    return {"id": "X", "context": {"stop": "2024-01-01", **context}, "events": [event]}


def test_censored_text_keeps_its_comparator():
    record = read_case(a_case()).record
    assert record.latest("LH")[1].reading.text == "<0.1"


def test_times_off_testosterone_may_be_several():
    record = read_case(a_case(stops=[["2024-01-01", "2024-03-01"], ["2024-04-01", "2099-01-01"]])).record
    on = [record.on_testosterone(one.collected_on) for one in record.samples]
    assert on == [False]
    assert [period.restarted_on is None for period in record.periods] == [False, True]


def test_prostate_baseline_may_carry_its_day():
    record = read_case(a_case(psabase=[0.9, "2024-01-01"])).record
    assert str(record.baseline["PSA"]) == "0.9"
    assert str(record.baseline_on) == "2024-01-01"


def test_what_stands_alone_counts_as_a_list():
    record = read_case(a_case(hx="DVT", conmed="paroxetine", dx=["prolactinoma", "2024-02-01"])).record
    assert (record.history, record.concomitant) == (("DVT",), ("paroxetine",))
    assert record.diagnoses[0][0] == "prolactinoma"


@pytest.mark.parametrize("context", [{"stop": "soon"}, {"base": {"TT": "low"}}, {"drugs": [["hcg", 1]]}])
def test_a_case_that_cannot_be_read_says_so(context):
    with pytest.raises(CaseError, match="This is no case"):
        read_case(a_case(**context))


def test_a_baseline_that_is_empty_is_no_baseline():
    assert read_case(a_case(base={"TT": None})).record.baseline == {}


def test_a_case_that_lacks_its_context_says_so():
    with pytest.raises(CaseError, match="context"):
        read_case({"id": "X", "events": []})
