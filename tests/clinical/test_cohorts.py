"""Expected recovery: the published curves, whom they may be compared with, and why not."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from clinical.cohorts import days_of, expected, months_between, outlook
from clinical.datafile import RULES_DIR, RulebookError
from clinical.record import Exposure, TestosteronePeriod
from clinical.rulebook import load_rulebook
from tests.clinical.courses import STOP, course, drawn, shipped, taken, week

LAST = STOP - timedelta(days=14)
ON = week(8)
COHORTS = {cohort.key: cohort for cohort in shipped().cohorts.cohorts}


def exposed(formulation="testosterone_enanthate", months=14, last=LAST):
    return (Exposure(formulation, last, None if months is None else last - days_of(Decimal(months))),)


def man(*parts, formulation="testosterone_enanthate", months=14, stop=STOP, last=LAST, **fields):
    given = {"baseline": {"TT": Decimal(420)}, "exposures": exposed(formulation, months, last)} | fields
    return course(*parts, stop=stop, **given)


def keys(record, on=ON):
    return {band.key for band in expected(record, on)}


def band(record, key, on=ON):
    (one,) = [band for band in expected(record, on) if band.key == key]
    return one


def why_not(record, key, on=ON):
    (one,) = [unfit for unfit in outlook(record, on).unfit if unfit.key == key]
    return one


# The table of the published fit: months, central, lower and upper confidence limit.
@pytest.mark.parametrize(
    ("months", "central", "low", "high"),
    [
        (2, "29.4", "26.7", "32.7"),
        (3, "41.4", "37.3", "45.6"),
        (4, "51.5", "46.5", "56.3"),
        (6, "67.0", "61.0", "72.0"),
        (9, "81.7", "75.8", "85.9"),
        (12, "90.0", "85.0", "93.0"),
        (16, "95.6", "92.1", "97.3"),
        (18, "97.1", "94.3", "98.3"),
        (24, "99.2", "97.8", "99.6"),
    ],
)
def test_the_curve_of_the_contraceptive_trials(months, central, low, high):
    (point,) = [point for point in band(man(), "sperm-20").points if point.months == months]
    found = (point.percent, point.low, point.high)
    for value, wanted in zip(found, (central, low, high), strict=True):
        assert abs(value - Decimal(wanted)) <= Decimal("0.1")
    assert point.on == STOP + days_of(Decimal(months))


def test_no_sperm_is_expected_before_six_weeks():
    points = band(man(), "sperm-20").points
    assert [point.percent for point in points if point.months < Decimal("1.5")] == [Decimal(0)]
    assert points[1].months == Decimal("1.5")
    assert points[1].percent > 20


def test_the_curve_has_its_median_and_its_ninety_per_cent():
    curve = COHORTS["sperm-20"].curve
    assert curve.central.months(Decimal(50)) == Decimal("3.8")
    assert curve.central.months(Decimal(90)) == Decimal("12.0")
    assert curve.low.months(Decimal(90)) == Decimal("14.5")
    assert curve.high.months(Decimal(90)) == Decimal("10.5")
    assert curve.central.percent(Decimal(0)) == 0


@pytest.mark.parametrize(
    ("key", "months"),
    [
        ("detectable", ["0.75", "1.5", "3", "6"]),
        ("in-range-serm", ["1.8", "3.0", "4.4", "9"]),
        ("in-range", ["2.4", "6.0", "12", "24"]),
        ("own-gonadotropins", ["9", "12", "14", "15"]),
        ("plateau", ["3", "5", "6", "6"]),
        ("first-sperm", ["3", "4.6", "6", "12"]),
        ("sperm-output", ["9", "14", "18", "24"]),
    ],
)
def test_the_quantiles_are_those_published(key, months):
    points = COHORTS[key].quantiles.points()
    assert [quantile.months for _, quantile in points] == [Decimal(text) for text in months]
    assert [share for share, _ in points] == [25, 50, 75, 90]
    assert [quantile.open for _, quantile in points[:3]] == [False] * 3
    assert points[3][1].open is (key in {"own-gonadotropins", "plateau", "sperm-output"})


def test_months_count_from_the_effective_stop_and_days_from_where_the_source_counts():
    one = band(man(), "in-range")
    assert one.counted_from == LAST
    assert one.points[0].on == LAST + days_of(Decimal("2.4"))
    assert one.points[0].months == Decimal("2.4") - months_between(LAST, STOP)
    assert band(man(), "sperm-20").counted_from == STOP


def test_a_band_says_whom_it_is_of_and_why_it_may_not_apply():
    one = band(man(), "sperm-20")
    assert "Liu 2006" in one.citation
    assert one.citation.endswith("[C], cohorts 1.0.0")
    assert "healthy men" in one.population
    assert len(one.why_it_may_not_apply) > 2
    assert "Nothing is adjusted for age" in one.why_it_may_not_apply[-1]
    said = outlook(man(), ON)
    assert "no large cohort of hypogonadal men" in said.caveat
    assert "conflict" in said.age_note


def test_age_changes_no_band():
    old, young = (man(birth_date=date(year, 1, 1)) for year in (1950, 2000))
    assert expected(old, ON) == expected(young, ON)


@pytest.mark.parametrize(
    ("formulation", "months", "fitting"),
    [
        ("testosterone_enanthate", 14, {"sperm-20", "detectable", "in-range"}),
        ("testosterone_gel", 14, {"detectable", "in-range"}),
        ("testosterone_undecanoate_im", 24, {"sperm-20", "plateau"}),
        ("testosterone_pellets", 24, {"sperm-20"}),
        ("testosterone_mixed_esters", 24, set()),
        ("anabolic_steroids", 14, {"detectable", "in-range", "sperm-output"}),
        ("nandrolone_decanoate", 14, {"detectable", "in-range", "sperm-output"}),
    ],
)
def test_each_formulation_has_its_cohorts(formulation, months, fitting):
    assert keys(man(formulation=formulation, months=months)) == fitting


@pytest.mark.parametrize(("months", "fits"), [(11, False), (12.5, True), (35.5, True), (37, False)])
def test_two_years_of_undecanoate_are_compared_with_about_two_years(months, fits):
    record = man(formulation="testosterone_undecanoate_im", months=months)
    assert ("plateau" in keys(record)) is fits
    if not fits:
        assert f"{months}" in why_not(record, "plateau").because
        assert "in the cohort from 12 to 36" in why_not(record, "plateau").because


def test_an_unknown_duration_is_no_fit_and_said_to_be_unknown():
    unfit = why_not(man(formulation="testosterone_undecanoate_im", months=None), "plateau")
    assert unfit.is_unknown
    assert unfit.because == "how long testosterone was taken is not on record"


@pytest.mark.parametrize(
    ("baseline", "because", "unknown"),
    [
        ({"TT": Decimal(299)}, "TT was 299 before testosterone, the cohort 300 or more", False),
        ({}, "TT from before testosterone is not on record", True),
        (
            {"TT": Decimal(420), "SCONC": Decimal(19)},
            "SCONC was 19 before testosterone, the cohort 20 or more",
            False,
        ),
    ],
)
def test_men_of_contraceptive_trials_were_normal_before(baseline, because, unknown):
    unfit = why_not(man(baseline=baseline), "sperm-20")
    assert (unfit.because, unfit.is_unknown) == (because, unknown)
    assert "sperm-20" in keys(man(baseline={"TT": Decimal(300), "SCONC": Decimal(20)}))


def test_own_gonadotropins_need_his_own_values():
    values = {"TT": Decimal(420), "LH": Decimal(4), "FSH": Decimal(4)}
    record = man(formulation="testosterone_undecanoate_im", months=24, baseline=values)
    assert "own-gonadotropins" in keys(record)
    without = why_not(man(formulation="testosterone_undecanoate_im", months=24), "own-gonadotropins")
    assert without.is_unknown
    assert "LH from before testosterone" in without.because


@pytest.mark.parametrize(
    ("starts", "ends", "fitting"),
    [
        (week(1), None, {"detectable", "in-range-serm"}),
        (week(20), None, {"detectable", "in-range", "sperm-20"}),  # not yet begun when he is seen
        (LAST - timedelta(days=90), LAST, {"detectable", "in-range", "sperm-20"}),  # over by the last dose
        (LAST - timedelta(days=90), LAST + timedelta(days=1), {"detectable", "in-range-serm"}),
    ],
)
def test_a_serm_decides_which_cohort_fits(starts, ends, fitting):
    assert keys(man(taken("clomiphene", starts, ends))) == fitting


def test_a_late_serm_fits_neither_cohort():
    late = LAST + days_of(Decimal(3)) + timedelta(days=1)
    record = man(taken("clomiphene", late))
    assert keys(record, week(20)) == {"detectable"}
    assert "began 3.0 months after the last dose" in why_not(record, "in-range-serm", week(20)).because
    assert "in-range-serm" in keys(man(taken("clomiphene", late - timedelta(days=1))), week(20))


@pytest.mark.parametrize("drug", ["anastrozole", "hcg", "gonadorelin", "fsh"])
def test_any_drug_of_recovery_ends_the_comparison_with_men_without(drug):
    assert keys(man(taken(drug, week(1)))) == {"detectable"}


@pytest.mark.parametrize(
    ("first", "fits"), [({"SCONC": 0}, True), ({"SCONC": 3}, False), ({"SCONC": "<0.1"}, False), ({}, False)]
)
def test_first_sperm_is_for_men_without_sperm_at_the_stop(first, fits):
    both = (taken("hcg", week(1)), taken("clomiphene", week(1)))
    semen = drawn(week(0), **first) if first else ()
    assert ("first-sperm" in keys(man(*both, semen))) is fits


def test_sperm_after_centrifugation_is_sperm():
    both = (taken("hcg", week(1)), taken("clomiphene", week(1)))
    record = man(*both, drawn(week(0), SCONC=0, sperm_seen="after_centrifugation"))
    assert "he had on 2024-01-01" in why_not(record, "first-sperm").because


def test_the_first_analysis_since_the_last_dose_decides():
    both = (taken("hcg", week(1)), taken("clomiphene", week(1)))
    earlier, later = drawn(LAST - timedelta(days=60), SCONC=12), drawn(week(6), SCONC=2)
    assert "first-sperm" in keys(man(*both, earlier, drawn(week(1), SCONC=0), later))
    assert "first-sperm" not in keys(man(*both, earlier))


@pytest.mark.parametrize(
    ("record", "because"),
    [
        (man(exposures=()), "which testosterone was taken until when is not on record"),
        (man(exposures=(Exposure("testosterone_gel", None),)), "which testosterone was taken"),
        (course(stop=None), "testosterone has not been stopped"),
        (replace(man(), periods=(TestosteronePeriod(STOP, week(4)),)), "testosterone has not been stopped"),
    ],
)
def test_without_the_facts_there_is_no_band(record, because):
    said = outlook(record, ON)
    assert said.bands == ()
    assert {unfit.key for unfit in said.unfit} == set(COHORTS)
    assert all(because in unfit.because and unfit.is_unknown for unfit in said.unfit)


def test_a_stop_that_lies_ahead_has_its_bands_already():
    assert keys(man(), LAST + timedelta(days=3)) == {"sperm-20", "detectable", "in-range"}


def test_a_second_stop_counts_its_own_testosterone():
    again = week(60)
    periods = (TestosteronePeriod(STOP, week(20)), TestosteronePeriod(again))
    second = Exposure("testosterone_gel", again - timedelta(days=5), week(20))
    record = replace(man(), periods=periods, exposures=(*exposed(), second))
    assert keys(record, week(62)) == {"detectable", "in-range"}
    assert band(record, "detectable", week(62)).counted_from == second.last_dose_on
    assert band(record, "detectable", week(4)).counted_from == LAST


def test_all_that_was_taken_must_fit():
    two = (*exposed(), Exposure("nandrolone_decanoate", LAST - timedelta(days=70), week(-40)))
    assert keys(man(exposures=two)) == {"detectable", "in-range"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("groups: [contraceptive]", "groups: [contraception]", "sperm-20: there is no group contraception"),
        (
            "short: [testosterone_gel",
            "short: [testosterone_jelly",
            "no formulation testosterone_jelly",
        ),
        ("p25: {months: 0.75}", "p25: {months: 2}", "detectable: a larger share does not arrive earlier"),
        ("unit: ng/dL, at_least: 300", "unit: nmol/L, at_least: 10", "there is no TT in nmol/L"),
        ("- key: plateau", "- key: in-range", "a key stands twice"),
        ("    quantiles: {p25: {months: 9}, p50: {months: 12}", "    x: {p25: {months: 9}", "cohorts.yaml"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, old, new, says):
    text = (RULES_DIR / "cohorts.yaml").read_text(encoding="utf-8")
    assert old in text
    text = text.replace("status: released", "status: draft", 1).replace(old, new, 1)
    (tmp_path / "cohorts.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RulebookError, match=says):
        load_rulebook(tmp_path)


def test_a_cohort_has_a_curve_or_quantiles(tmp_path):
    shutil.copy(RULES_DIR / "cohorts.yaml", tmp_path)
    path = tmp_path / "cohorts.yaml"
    text = path.read_text(encoding="utf-8").replace("status: released", "status: draft", 1)
    start, end = text.index("    curve:"), text.index("    fits:")
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(RulebookError, match="sperm-20: a cohort has either a curve or quantiles"):
        load_rulebook(tmp_path)
