"""Drugs: weekly amounts, limits at their edges, modes, the conflict matrix, and how a dose is written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinical.conflicts import CONFLICTS, load_conflicts
from clinical.datafile import RULES_DIR, RulebookError
from clinical.drug_catalogue import CATALOGUE, load_drugs
from clinical.drugs import (
    DRUGS,
    FREQUENCIES,
    DoseError,
    UnknownDrug,
    check_combination,
    check_dose,
    check_weekly,
    dose_text,
    drug,
    weekly_amount,
)
from clinical.findings import Severity

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL

WEEKLY = [
    ("clomiphene", "25", "mg", "every_other_day", {}, "87.5", "mg"),
    ("clomiphene", "50", "mg", "daily", {}, "350", "mg"),
    ("clomiphene", "25000", "mcg", "daily", {}, "175", "mg"),
    ("anastrozole", "0.25", "mg", "daily", {}, "1.75", "mg"),
    ("anastrozole", "1", "mg", "every_other_day", {}, "3.5", "mg"),
    ("anastrozole", "1", "mg", "daily", {}, "7", "mg"),
    ("tamoxifen", "10", "mg", "twice_daily", {}, "140", "mg"),
    ("hcg", "3000", "IU", "every_other_day", {}, "10500", "IU"),
    ("hcg", "2000", "IU", "every_other_day", {}, "7000", "IU"),
    ("fsh", "75", "IU", "three_times_weekly", {}, "225", "IU"),
    ("gonadorelin", "100", "mcg", "twice_weekly", {"mode": "bolus"}, "0.2", "mg"),
    ("gonadorelin", "10", "mcg", "every_90_min", {"mode": "pump"}, "1.12", "mg"),
    ("gonadorelin", "10", "mcg", "daily", {"mode": "pump", "pulse_interval_min": 120}, "0.84", "mg"),
    ("gonadorelin", "10", "mcg", "daily", {"mode": "pump", "pulse_interval_min": 110}, "0.916364", "mg"),
    ("gonadorelin", "1", "mg", "daily", {"mode": "continuous"}, "7", "mg"),
]


@pytest.mark.parametrize(("key", "amount", "unit", "frequency", "way", "expected", "weekly_unit"), WEEKLY)
def test_weekly_amount(key, amount, unit, frequency, way, expected, weekly_unit):
    weekly = weekly_amount(key, Decimal(amount), unit, frequency, **way)
    assert (str(weekly.amount), weekly.unit) == (expected, weekly_unit)


def test_weekly_amount_prints():
    assert weekly_amount("clomiphene", Decimal("25"), "mg", "every_other_day").text == "87.5 mg a week"
    assert weekly_amount("hcg", Decimal("3000"), "IU", "every_other_day").text == "10500 units a week"


NO_DOSE = [
    ("clomiphene", Decimal(0), "mg", "daily", {}, "Accepted: a number above zero"),
    ("clomiphene", Decimal(-25), "mg", "daily", {}, "Accepted: a number above zero"),
    ("clomiphene", Decimal("NaN"), "mg", "daily", {}, "Accepted: a number above zero"),
    ("clomiphene", 25.0, "mg", "daily", {}, "Accepted: a number above zero"),
    ("clomiphene", Decimal(25), "IU", "daily", {}, 'found the unit "IU". Accepted: mg or mcg'),
    ("hcg", Decimal(25), "mg", "daily", {}, 'found the unit "mg". Accepted: IU'),
    ("clomiphene", Decimal(25), "mg", "hourly", {}, 'found "hourly". Accepted: twice_daily, daily'),
    ("clomiphene", Decimal(25), "mg", "daily", {"mode": "pump"}, 'found the mode "pump". Accepted: none'),
    ("clomiphene", Decimal(25), "mg", "every_90_min", {}, "an interval in minutes is for the pump only"),
    ("gonadorelin", Decimal(10), "mcg", "daily", {}, "Accepted: bolus, pump, continuous"),
    ("gonadorelin", Decimal(10), "mcg", "daily", {"mode": "pump"}, "needs the interval between pulses"),
    (
        "gonadorelin",
        Decimal(10),
        "mcg",
        "daily",
        {"mode": "pump", "pulse_interval_min": 0},
        "Accepted: minutes above zero",
    ),
    (
        "gonadorelin",
        Decimal(10),
        "mcg",
        "daily",
        {"mode": "bolus", "pulse_interval_min": 90},
        "for the pump only",
    ),
]


@pytest.mark.parametrize(("key", "amount", "unit", "frequency", "way", "because"), NO_DOSE)
@pytest.mark.parametrize("ask", [weekly_amount, check_dose, dose_text])
def test_what_is_no_dose_is_refused_in_a_sentence(ask, key, amount, unit, frequency, way, because):
    with pytest.raises(DoseError, match=because):
        ask(key, amount, unit, frequency, **way)


def test_an_unknown_drug_is_named():
    for ask in (lambda: drug("aspirin"), lambda: check_combination("aspirin")):
        with pytest.raises(UnknownDrug, match='"aspirin"'):
            ask()


# Severities in the order they are given, the gravest first.
DOSES = [
    ("clomiphene", "25", "every_other_day", {}, []),
    ("clomiphene", "24.9", "every_other_day", {}, [WARNING]),
    ("clomiphene", "50", "daily", {}, []),
    ("clomiphene", "50.1", "daily", {}, [WARNING, WARNING]),
    ("clomiphene", "100", "daily", {}, [WARNING, WARNING]),
    ("clomiphene", "100.1", "daily", {}, [CRITICAL, CRITICAL]),
    ("clomiphene", "100", "every_other_day", {}, [WARNING]),
    ("clomiphene", "100.5", "every_other_day", {}, [CRITICAL, WARNING]),
    ("enclomiphene", "6.25", "daily", {}, []),
    ("enclomiphene", "6.24", "daily", {}, [WARNING]),
    ("enclomiphene", "25", "daily", {}, []),
    ("enclomiphene", "25.1", "daily", {}, [WARNING, WARNING]),
    ("enclomiphene", "50.1", "daily", {}, [CRITICAL, CRITICAL]),
    ("tamoxifen", "10", "every_other_day", {}, []),
    ("tamoxifen", "9.9", "every_other_day", {}, [WARNING]),
    ("tamoxifen", "10", "twice_daily", {}, []),
    ("tamoxifen", "20.1", "daily", {}, [WARNING, WARNING]),
    ("tamoxifen", "40.1", "daily", {}, [CRITICAL, CRITICAL]),
    ("anastrozole", "0.5", "weekly", {}, []),
    ("anastrozole", "0.49", "weekly", {}, [WARNING]),
    ("anastrozole", "1", "every_other_day", {}, []),
    ("anastrozole", "1", "four_times_weekly", {}, [WARNING]),
    ("anastrozole", "1", "daily", {}, [WARNING]),
    ("anastrozole", "1.01", "daily", {}, [CRITICAL]),
    ("hcg", "500", "twice_weekly", {}, []),
    ("hcg", "499", "twice_weekly", {}, [WARNING, WARNING]),
    ("hcg", "3000", "four_times_weekly", {}, []),
    ("hcg", "3001", "twice_weekly", {}, [WARNING]),
    ("hcg", "5000", "twice_weekly", {}, [WARNING]),
    ("hcg", "5001", "twice_weekly", {}, [CRITICAL]),
    ("hcg", "5000", "three_times_weekly", {}, [WARNING, WARNING]),
    ("hcg", "3000", "daily", {}, [CRITICAL]),
    ("fsh", "75", "twice_weekly", {}, []),
    ("fsh", "150", "three_times_weekly", {}, []),
    ("fsh", "151", "three_times_weekly", {}, [WARNING, WARNING]),
    ("fsh", "74", "twice_weekly", {}, [WARNING, WARNING]),
    ("gonadorelin", "50", "twice_weekly", {"mode": "bolus"}, [INFO]),
    ("gonadorelin", "49", "twice_weekly", {"mode": "bolus"}, [WARNING, INFO]),
    ("gonadorelin", "300", "daily", {"mode": "bolus"}, [INFO]),
    ("gonadorelin", "301", "daily", {"mode": "bolus"}, [WARNING, INFO]),
    ("gonadorelin", "100", "weekly", {"mode": "bolus"}, [WARNING, INFO]),
    ("gonadorelin", "100", "twice_daily", {"mode": "bolus"}, [WARNING, INFO]),
    ("gonadorelin", "5", "every_60_min", {"mode": "pump"}, []),
    ("gonadorelin", "20", "every_180_min", {"mode": "pump"}, []),
    ("gonadorelin", "21", "every_90_min", {"mode": "pump"}, [WARNING]),
    ("gonadorelin", "4", "every_90_min", {"mode": "pump"}, [WARNING]),
    ("gonadorelin", "10", "daily", {"mode": "pump", "pulse_interval_min": 59}, [WARNING]),
    ("gonadorelin", "10", "daily", {"mode": "pump", "pulse_interval_min": 181}, [WARNING]),
    ("gonadorelin", "100", "daily", {"mode": "continuous"}, [CRITICAL]),
]


@pytest.mark.parametrize(("key", "amount", "frequency", "way", "expected"), DOSES)
def test_check_dose_at_the_limits(key, amount, frequency, way, expected):
    concerns = check_dose(key, Decimal(amount), drug(key).dose_unit, frequency, **way)
    assert [concern.severity for concern in concerns] == expected
    assert all(drug(key).name in c.message and c.source and c.limit and c.key and c.rule for c in concerns)


def test_check_dose_says_found_limit_and_source():
    (concern,) = check_dose("anastrozole", Decimal("0.25"), "mg", "weekly")
    assert concern.message == (
        "Anastrozole: the weekly amount is 0.25 mg, below the usual range (from 0.5 mg)."
    )
    assert concern.source == "limits: design default [D], drugs 1.0.0"


@pytest.mark.parametrize(
    ("key", "weekly", "unit", "expected"),
    [
        ("clomiphene", "87.5", "mg", []),
        ("clomiphene", "87.4", "mg", [WARNING]),
        ("clomiphene", "350.1", "mg", [WARNING]),
        ("clomiphene", "700.1", "mg", [CRITICAL]),
        ("hcg", "15001", "IU", [CRITICAL]),
        ("gonadorelin", "200", "mcg", []),
    ],
)
def test_check_weekly(key, weekly, unit, expected):
    assert [c.severity for c in check_weekly(key, Decimal(weekly), unit)] == expected


@given(
    key=st.sampled_from(["clomiphene", "enclomiphene", "tamoxifen", "anastrozole", "hcg", "fsh"]),
    amount=st.decimals("0.01", "9999", places=2),
    more=st.decimals("0.01", "9999", places=2),
    frequency=st.sampled_from([way.key for way in FREQUENCIES.values() if way.interval_min is None]),
)
def test_a_higher_dose_is_never_less_of_an_excess(key, amount, more, frequency):
    def worst_excess(value):
        found = check_dose(key, value, drug(key).dose_unit, frequency)
        return max((c.severity.rank for c in found if "below" not in c.message), default=-1)

    assert worst_excess(amount + more) >= worst_excess(amount)


def test_every_titration_ladder_climbs_within_the_usual_range():
    for row in DRUGS.values():
        steps = [
            weekly_amount(row.key, step.amount, row.dose_unit, step.frequency, mode=step.mode).amount
            for step in row.titration
        ]
        assert steps == sorted(steps)
        for step in row.titration:
            concerns = check_dose(row.key, step.amount, row.dose_unit, step.frequency, mode=step.mode)
            assert concerns == ()


def test_the_catalogue_carries_what_must_be_printed():
    assert set(DRUGS) == {
        "clomiphene",
        "enclomiphene",
        "tamoxifen",
        "gonadorelin",
        "anastrozole",
        "hcg",
        "fsh",
    }
    for row in DRUGS.values():
        assert row.off_label_statement
        assert row.contraindications
        assert row.monitoring
        assert row.sources
        assert row.rxnorm is None


@pytest.mark.parametrize(
    ("key", "weeks"),
    [("clomiphene", 6), ("tamoxifen", 8), ("anastrozole", 2), ("hcg", 3), ("gonadorelin", 1)],
)
def test_washouts(key, weeks):
    assert drug(key).washout_weeks == weeks


TEXTS = [
    ("clomiphene", "25", "every_other_day", {}, "25 mg every other day"),
    ("clomiphene", "25.0", "daily", {}, "25 mg daily"),
    ("anastrozole", "0.50", "twice_weekly", {}, "0.5 mg twice a week"),
    ("hcg", "3000", "every_other_day", {}, "3000 units every other day"),
    ("gonadorelin", "100", "twice_weekly", {"mode": "bolus"}, "100 mcg twice a week"),
    ("gonadorelin", "10", "every_90_min", {"mode": "pump"}, "10 mcg every 90 minutes by pump"),
    (
        "gonadorelin",
        "10",
        "daily",
        {"mode": "pump", "pulse_interval_min": 75},
        "10 mcg every 75 minutes by pump",
    ),
    ("gonadorelin", "100", "daily", {"mode": "continuous"}, "100 mcg daily as continuous infusion"),
]


@pytest.mark.parametrize(("key", "amount", "frequency", "way", "expected"), TEXTS)
def test_a_dose_is_written_safely(key, amount, frequency, way, expected):
    assert dose_text(key, Decimal(amount), drug(key).dose_unit, frequency, **way) == expected


def rules_of(key, **around):
    return [(concern.rule, concern.severity, concern.limit) for concern in check_combination(key, **around)]


COMBINATIONS = [
    ("clomiphene", {"taken": ["tamoxifen"]}, ("R80", WARNING, "Tamoxifen")),
    ("enclomiphene", {"taken": ["clomiphene"]}, ("R80", WARNING, "Clomiphene citrate")),
    ("tamoxifen", {"concomitant": ["toremifene 60 mg"]}, ("R80", WARNING, "toremifene 60 mg")),
    ("tamoxifen", {"taken": ["anastrozole"]}, ("R81", CRITICAL, "Anastrozole")),
    ("tamoxifen", {"concomitant": ["Letrozole"]}, ("R81", CRITICAL, "Letrozole")),
    ("clomiphene", {"taken": ["anastrozole"]}, ("", INFO, "Anastrozole")),
    ("clomiphene", {"on_testosterone": True}, ("R87", WARNING, "testosterone")),
    ("hcg", {"on_testosterone": True}, ("", INFO, "testosterone")),
    ("gonadorelin", {"taken": ["hcg"]}, ("", INFO, "Human chorionic gonadotropin (hCG)")),
    ("gonadorelin", {"concomitant": ["Leuprolide depot"]}, ("R88", CRITICAL, "Leuprolide depot")),
    ("tamoxifen", {"concomitant": ["PAROXETINE 20 mg"]}, ("R82", WARNING, "PAROXETINE 20 mg")),
    ("tamoxifen", {"concomitant": ["N06AB05"]}, ("R82", WARNING, "N06AB05")),
    ("tamoxifen", {"concomitant": ["warfarin"]}, ("R83", CRITICAL, "warfarin")),
    ("clomiphene", {"concomitant": ["warfarin"]}, ("R83", WARNING, "warfarin")),
    ("tamoxifen", {"history": ["DVT 2015"]}, ("R84", CRITICAL, "DVT 2015")),
    ("clomiphene", {"history": ["pulmonary embolism"]}, ("R84", WARNING, "pulmonary embolism")),
    ("hcg", {"history": ["thrombophilia"]}, ("R84", WARNING, "thrombophilia")),
    ("clomiphene", {"history": ["liver disease"]}, ("R85", CRITICAL, "liver disease")),
    ("anastrozole", {"history": ["osteoporosis"]}, ("R39", CRITICAL, "osteoporosis")),
    ("anastrozole", {"concomitant": ["prednisone 5 mg"]}, ("", WARNING, "prednisone 5 mg")),
    ("clomiphene", {"history": ["retinopathy"]}, ("", CRITICAL, "retinopathy")),
    ("gonadorelin", {"history": ["primary hypogonadism"]}, ("R88", WARNING, "primary hypogonadism")),
    ("hcg", {"history": ["prostate cancer"]}, ("R89", CRITICAL, "prostate cancer")),
    ("hcg", {"concomitant": ["methadone"]}, ("", INFO, "methadone")),
    ("hcg", {"concomitant": ["finasteride 1 mg"]}, ("", INFO, "finasteride 1 mg")),
    ("hcg", {"concomitant": ["biotin 10 mg"]}, ("R93", WARNING, "biotin 10 mg")),
    ("hcg", {"history": ["allergy to hCG"]}, ("", CRITICAL, "allergy to hCG")),
    (
        "clomiphene",
        {"history": ["Clomiphene: anaphylaxis 2019"]},
        ("", CRITICAL, "Clomiphene: anaphylaxis 2019"),
    ),
]


@pytest.mark.parametrize(("key", "around", "expected"), COMBINATIONS)
def test_the_conflict_matrix(key, around, expected):
    assert expected in rules_of(key, **around)


@pytest.mark.parametrize(
    ("key", "around"),
    [
        ("clomiphene", {}),
        ("clomiphene", {"taken": ["clomiphene"], "concomitant": ["clomiphene 25 mg", "G03GB02"]}),
        ("tamoxifen", {"taken": ["gonadorelin"]}),
        ("hcg", {"history": ["penicillin allergy"]}),
        ("clomiphene", {"concomitant": ["paroxetine", "vitamin D"]}),
        ("tamoxifen", {"concomitant": ["antidvtine"]}),
        ("anastrozole", {"history": ["DVT"]}),
    ],
)
def test_what_does_not_conflict_is_not_named(key, around):
    assert rules_of(key, **around) == []


def test_the_gravest_conflict_comes_first_and_none_twice():
    concerns = check_combination(
        "tamoxifen",
        taken=["anastrozole", "clomiphene"],
        concomitant=["anastrozole", "Paroxetine", "paroxetine"],
        on_testosterone=True,
    )
    ranks = [concern.severity.rank for concern in concerns]
    assert ranks == sorted(ranks, reverse=True)
    assert [c.limit for c in concerns].count("Anastrozole") == 1
    assert len({concern.key for concern in concerns}) == len(concerns)
    assert "conflicts 1.0.0" in concerns[0].source


def test_serm_pairs_conflict_both_ways():
    serms = [key for key, row in DRUGS.items() if row.drug_class == "SERM"]
    for one in serms:
        for other in serms:
            assert ("R80" in [c.rule for c in check_combination(one, taken=[other])]) is (one != other)


def test_every_group_and_conflict_is_used_and_sourced():
    used = {partner.partition(":")[2] for row in CONFLICTS.conflicts for partner in row.partners}
    assert set(CONFLICTS.groups) - used == {"hypersensitivity"}
    assert all(row.source and row.reason for row in CONFLICTS.conflicts)


@pytest.mark.parametrize(
    ("name", "load", "old", "new", "because"),
    [
        (
            "drugs",
            load_drugs,
            "frequencies: [daily, every_other_day]",
            "frequencies: [hourly]",
            "no frequency hourly",
        ),
        ("drugs", load_drugs, "weekly_soft_low: 87.5", "weekly_soft_low: 870", "the limit 870 is above 350"),
        ("drugs", load_drugs, "key: enclomiphene", "key: clomiphene", "a key stands twice"),
        (
            "drugs",
            load_drugs,
            "{amount: 12.5, frequency: daily}",
            "{amount: 12.5, frequency: weekly}",
            "titration",
        ),
        ("drugs", load_drugs, "dose_unit: mg", "dose_unit: drops", "dose_unit"),
        ("conflicts", load_conflicts, "medicine:warfarin", "medicine:wine", "not known: medicine:wine"),
        ("conflicts", load_conflicts, "drug:hcg", "drug:wine", "not known: drug:wine"),
        ("conflicts", load_conflicts, "drugs: [gonadorelin]", "drugs: [wine]", "not known: wine"),
        ("conflicts", load_conflicts, "with: [testosterone]", "with: [wine]", "not known: wine"),
        ("conflicts", load_conflicts, "id: tamoxifen-vte", "id: others-vte", "an id stands twice"),
        ("conflicts", load_conflicts, "severity: critical", "severity: fatal", "severity"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, name, load, old, new, because):
    text = (RULES_DIR / f"{name}.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / f"{name}.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RulebookError, match=because):
        load(path)


def test_a_source_can_be_asked_for_by_what_it_is_about():
    assert CATALOGUE.drug("clomiphene").source_of("limits").startswith("limits: design default")
    assert CATALOGUE.drug("clomiphene").source_of("nothing").count("[") == len(drug("clomiphene").sources)
