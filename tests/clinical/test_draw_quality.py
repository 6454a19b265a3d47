"""What is said of a draw beside its numbers, and what cannot be said."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from clinical.datafile import RULES_DIR, RulebookError
from clinical.draw_quality import draw_qualities, draw_quality
from clinical.draw_table import Standing
from clinical.findings import Severity
from clinical.record import Exposure
from clinical.rulebook import load_rulebook
from tests.clinical.courses import STOP, course, drawn, noted, shipped, taken, week

ON = week(20)
LAST = STOP - timedelta(days=14)
ENANTHATE = (Exposure("testosterone_enanthate", LAST, week(-60)),)


def remarks(*parts, on=ON, kind="serum", **fields):
    """The remarks on the sample of a day, by aspect."""
    record = course(*parts, **fields)
    said = draw_quality(record, record.sample_on(on, kind))
    by_aspect = {one.aspect: one for one in said}
    return by_aspect


def key_of(aspect, *parts, **fields):
    one = remarks(*parts, **fields).get(aspect)
    return one.key if one else None


def at(hour, minute=0):
    return datetime.combine(ON, time(hour, minute, tzinfo=UTC))


@pytest.mark.parametrize(
    ("when", "key", "severity"),
    [
        (at(6, 59), "hour_early", Severity.INFO),
        (at(7), "hour_ideal", None),
        (at(10), "hour_ideal", None),
        (at(10, 1), "hour_accepted", Severity.INFO),
        (at(11), "hour_accepted", Severity.INFO),
        (at(11, 1), "hour_late", Severity.WARNING),
        (None, "hour_unknown", None),
    ],
)
def test_the_hour(when, key, severity):
    one = remarks(drawn(ON, TT=400, collected_at=when))["hour"]
    assert (one.key, one.severity, one.cannot_say) == (key, severity, when is None)
    if when:
        assert f"{when:%H:%M}" in one.words


@pytest.mark.parametrize(
    ("fasting", "key"), [(True, "fasting"), (False, "not_fasting"), (None, "fasting_unknown")]
)
def test_fasting(fasting, key):
    assert key_of("fasting", drawn(ON, TT=400, fasting=fasting)) == key


def test_hour_fasting_and_second_draw_are_asked_of_testosterone_only():
    assert {"hour", "fasting", "two_draws"} <= set(remarks(drawn(ON, TT=400)))
    assert not {"hour", "fasting", "two_draws"} & set(remarks(drawn(ON, LH=4)))


@pytest.mark.parametrize(("days", "key"), [(28, "one_of_two"), (29, "single"), (-28, "one_of_two")])
def test_one_of_two_draws(days, key):
    other = ON + timedelta(days=days)
    one = remarks(drawn(ON, TT=400), drawn(other, TT=380))["two_draws"]
    assert one.key == key
    assert (str(other) in one.words) is (key == "one_of_two")


def test_the_nearest_other_draw_is_named():
    draws = [drawn(ON + timedelta(days=days), TT=400) for days in (-20, 0, 7)]
    assert str(ON + timedelta(days=7)) in remarks(*draws)["two_draws"].words


@pytest.mark.parametrize(("ill", "key"), [(True, "ill"), (False, "healthy"), (None, "illness_unknown")])
def test_acute_illness(ill, key):
    assert key_of("illness", drawn(ON, LH=4, acutely_ill=ill)) == key


@pytest.mark.parametrize(("weeks", "key"), [(12, "ill_before"), (13, "healthy")])
def test_an_illness_in_the_weeks_before_a_semen_analysis(weeks, key):
    semen = drawn(ON, SCONC=20, acutely_ill=False)
    assert key_of("illness", semen, noted(week(20 - weeks), "illness"), kind="semen") == key
    before = drawn(week(20 - weeks), LH=4, acutely_ill=True)
    assert key_of("illness", semen, before, kind="semen") == key


@pytest.mark.parametrize(
    ("on", "key", "days"),
    [(STOP - timedelta(days=4), "testosterone_left", 10), (STOP, "testosterone_gone", 14)],
)
def test_days_since_the_last_testosterone(on, key, days):
    one = remarks(drawn(on, TT=400), on=on, exposures=ENANTHATE)["testosterone"]
    assert one.key == key
    assert one.words.startswith(f"{days} days after the last Testosterone enanthate")
    assert str(STOP) in one.words


@pytest.mark.parametrize(
    ("exposures", "on", "stop", "key"),
    [
        ((), ON, STOP, "testosterone_unknown"),
        ((), LAST, STOP, "testosterone_taken"),
        ((), ON, None, "testosterone_taken"),
        (ENANTHATE, LAST - timedelta(days=1), STOP, "testosterone_taken"),
        ((*ENANTHATE, Exposure("testosterone_gel", None, week(30))), ON, STOP, "testosterone_gone"),
        ((Exposure("testosterone_gel", None, week(-9)),), week(-1), STOP, "testosterone_taken"),
    ],
)
def test_testosterone_that_is_taken_or_not_on_record(exposures, on, stop, key):
    one = remarks(drawn(on, LH=4), on=on, stop=stop, exposures=exposures)["testosterone"]
    assert one.key == key
    assert one.cannot_say is (key != "testosterone_gone")


def test_testosterone_taken_again_is_not_counted_from_the_first_course():
    again = Exposure("testosterone_gel", week(40), week(18))
    parts = {"exposures": (*ENANTHATE, again), "restarted": week(18)}
    assert key_of("testosterone", drawn(ON, TT=400), **parts) == "testosterone_taken"


@pytest.mark.parametrize(
    ("ends", "key"),
    [(None, "hcg_taken"), (ON, "hcg_taken"), (week(17), "hcg_left"), (week(16), "hcg_gone")],
)
def test_days_since_the_last_hcg(ends, key):
    hcg = taken("hcg", week(2), ends, weekly=3000, unit="IU")
    one = remarks(drawn(ON, LH=4), hcg)["hcg"]
    assert one.key == key
    assert one.severity is (None if key == "hcg_gone" else Severity.WARNING)


def test_nothing_is_said_of_hcg_to_who_never_took_it():
    assert key_of("hcg", drawn(ON, LH=4)) is None
    assert key_of("hcg", drawn(ON, HCT=44), taken("hcg", week(2), weekly=3000, unit="IU")) is None


@pytest.mark.parametrize(
    ("dose", "key"), [(5, "biotin_high"), ("4.9", "biotin_low"), (None, "biotin_unknown")]
)
def test_biotin_beside_an_immunoassay(dose, key):
    parts = [drawn(ON, LH=4, HCT=45)]
    parts += [noted(ON, "biotin", Decimal(dose))] if dose else []
    one = remarks(*parts)["biotin"]
    assert one.key == key
    assert ("LH" in one.words) is (key != "biotin_low")
    assert "HCT" not in one.words


def test_biotin_of_another_day_is_not_of_this_draw():
    assert key_of("biotin", drawn(ON, LH=4), noted(week(19), "biotin", 10)) == "biotin_unknown"


def test_biotin_does_not_disturb_mass_spectrometry():
    assert key_of("biotin", drawn(ON, E2=30), noted(ON, "biotin", 10)) is None


@pytest.mark.parametrize(
    ("method", "drug", "key"),
    [
        ("LC-MS/MS", "anastrozole", "method_good"),
        ("immunoassay", "anastrozole", "method_on_inhibitor"),
        ("immunoassay", "clomiphene", "method_plain"),
        (None, "anastrozole", "method_unknown"),
    ],
)
def test_the_method_of_estradiol(method, drug, key):
    draw = drawn(ON, E2=30, methods={"E2": method})
    assert key_of("method", draw, taken(drug, week(4))) == key


@pytest.mark.parametrize(
    ("days", "key"),
    [
        ("1.9", "abstinence_off"),
        ("2", "abstinence_good"),
        ("7", "abstinence_good"),
        ("7.1", "abstinence_off"),
        (None, "abstinence_unknown"),
    ],
)
def test_abstinence(days, key):
    given = Decimal(days) if days else None
    one = remarks(drawn(ON, SCONC=20, abstinence_days=given), kind="semen")["abstinence"]
    assert one.key == key
    if days:
        assert one.words.startswith(f"{days} days")


def test_abstinence_as_the_laboratory_reports_it_wins():
    assert key_of("abstinence", drawn(ON, SCONC=20, SABST=9), kind="semen") == "abstinence_off"


@pytest.mark.parametrize(
    ("complete", "key"), [(True, "complete"), (False, "incomplete"), (None, "complete_unknown")]
)
def test_complete_collection(complete, key):
    assert key_of("complete", drawn(ON, SCONC=20, complete=complete), kind="semen") == key


@pytest.mark.parametrize(
    ("minutes", "key"), [(60, "minutes_good"), (61, "minutes_late"), (None, "minutes_unknown")]
)
def test_minutes_to_analysis(minutes, key):
    assert key_of("minutes", drawn(ON, SCONC=20, minutes_to_analysis=minutes), kind="semen") == key


def test_blood_has_no_remarks_on_collection():
    assert not {"abstinence", "complete", "minutes"} & set(remarks(drawn(ON, TT=400)))


def test_every_remark_names_its_source_and_mark_and_none_is_left_unfilled():
    record = course(drawn(ON, TT=400, E2=30, SCONC=20), exposures=ENANTHATE)
    for one in draw_quality(record, record.sample_on(ON)):
        assert one.source.endswith(", draws 1.0.0")
        assert "[" in one.source
        assert "{" not in one.words


def test_each_sample_of_a_record_has_its_remarks():
    record = course(drawn(ON, TT=400, SCONC=20), drawn(week(24), LH=4))
    said = draw_qualities(record)
    assert set(said) == {sample.id for sample in record.samples}
    assert said[f"{ON}:serum"] == draw_quality(record, record.sample_on(ON), shipped())


def test_every_standing_is_used_and_every_remark_is_said_somewhere():
    table = shipped().draws
    assert {entry.standing for entry in table.remarks.values()} == set(Standing)
    text = (RULES_DIR.parent / "draw_quality.py").read_text(encoding="utf-8")
    assert [key for key in table.remarks if f'"{key}"' not in text] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("key: hour_early", "key: hour_late"),
        ("analyte: SHBG, cv_within", "analyte: TT, cv_within"),
        ("analyte: SHBG, cv_within", "analyte: XX, cv_within"),
        ("standing: info", "standing: fair"),
        ("cv_within: 16", "cv_within: 0"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, old, new):
    text = (RULES_DIR / "draws.yaml").read_text(encoding="utf-8")
    assert old in text
    text = text.replace("status: released", "status: draft", 1).replace(old, new, 1)
    (tmp_path / "draws.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RulebookError, match=r"draws\.yaml"):
        load_rulebook(tmp_path)


def test_a_formulation_that_is_not_known_is_named_by_its_key():
    odd = (replace(ENANTHATE[0], formulation="testosterone_jelly"),)
    assert "the last testosterone_jelly" in remarks(drawn(ON, TT=400), exposures=odd)["testosterone"].words
