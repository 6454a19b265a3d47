"""Effective stop: last dose plus washout, by formulation."""

from datetime import date

import pytest

from clinical.datafile import RULES_DIR, RulebookError
from clinical.exposure import (
    FORMULATIONS,
    UnknownFormulation,
    effective_stop,
    latest_stop,
    load_formulations,
)


@pytest.mark.parametrize(
    ("formulation", "last_dose", "stop", "days"),
    [
        ("testosterone_cypionate", date(2024, 1, 8), date(2024, 1, 22), 14),
        ("testosterone_cypionate", date(2024, 3, 4), date(2024, 3, 18), 14),
        ("testosterone_enanthate", date(2024, 5, 6), date(2024, 5, 20), 14),
        ("testosterone_undecanoate_im", date(2023, 9, 4), date(2023, 11, 27), 84),
        ("anabolic_steroids", date(2024, 1, 1), date(2024, 2, 5), 35),
        ("testosterone_gel", date(2024, 2, 27), date(2024, 3, 3), 5),
        ("testosterone_gel", date(2023, 12, 29), date(2024, 1, 3), 5),
        ("testosterone_nasal", date(2024, 3, 30), date(2024, 4, 1), 2),
        ("nandrolone_decanoate", date(2024, 1, 1), date(2024, 3, 18), 77),
    ],
)
def test_effective_stop(formulation, last_dose, stop, days):
    found = effective_stop(formulation, last_dose)
    assert (found.on, found.washout_days) == (stop, days)
    assert FORMULATIONS[formulation].name in found.source
    assert found.version == "washouts 1.0.0"


def test_every_washout_says_the_range_it_was_taken_from():
    assert all(row.range and row.source and row.washout_days > 0 for row in FORMULATIONS.values())


def test_an_unknown_formulation_is_named():
    with pytest.raises(UnknownFormulation, match='"moonshine"'):
        effective_stop("moonshine", date(2024, 1, 1))


def test_of_several_formulations_the_latest_stop_counts():
    last_doses = {"testosterone_enanthate": date(2024, 3, 1), "nandrolone_decanoate": date(2024, 1, 1)}
    assert latest_stop(last_doses).on == date(2024, 3, 18)
    assert latest_stop({}) is None


@pytest.mark.parametrize(
    ("old", "new", "because"),
    [
        ("key: testosterone_nasal", "key: testosterone_gel", "a key stands twice"),
        ("washout_days: 77", "washout_days: -1", "nandrolone_decanoate: a washout is not negative"),
        ("washout_days: 77", "washout_days: long", "washout_days"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, old, new, because):
    text = (RULES_DIR / "washouts.yaml").read_text(encoding="utf-8")
    path = tmp_path / "washouts.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RulebookError, match=because):
        load_formulations(path)
