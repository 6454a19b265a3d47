"""Calculated values: the published vectors, the conventions, and every refusal."""

import json
from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinical.calculated import (
    CannotCalculate,
    free_testosterone,
    percent_of_baseline,
    sperm_totals,
    t_e2_ratio,
    t_lh_ratio,
)
from clinical.intervals import Place, default_interval, place
from clinical.readings import Reading, parse_reading

VECTORS = json.loads(
    (Path(__file__).parent / "vectors" / "free_testosterone.json").read_text(encoding="utf-8"),
    parse_float=Decimal,
    parse_int=Decimal,
)
TOLERANCE = Decimal("0.005")


def tt(text, unit="ng/dL"):
    return parse_reading("TT", text, unit)


def shbg(text):
    return parse_reading("SHBG", text, "nmol/L")


def albumin(text, unit="g/dL"):
    return parse_reading("ALB", text, unit)


def vector_id(vector):
    return f"{vector['tt_ngdl']}/{vector['shbg_nmol']}/{vector['alb_gdl']}"


@pytest.mark.parametrize("vector", VECTORS, ids=vector_id)
@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("free_pmol_l", "ft_pmol"),
        ("free_ng_dl", "ft_ngdl"),
        ("free_pg_ml", "ft_pgml"),
        ("percent", "pct"),
        ("bioavailable_ng_dl", "bio_ngdl"),
    ],
)
def test_free_testosterone_agrees_with_the_vectors(vector, field, column):
    found = free_testosterone(
        Reading("TT", vector["tt_ngdl"], "ng/dL"),
        Reading("SHBG", vector["shbg_nmol"], "nmol/L"),
        Reading("ALB", vector["alb_gdl"], "g/dL"),
    )
    expected = vector[column]
    assert abs(getattr(found, field) - expected) <= expected * TOLERANCE


def test_free_testosterone_is_the_same_in_other_units_and_contexts():
    here = free_testosterone(tt("288.42"), shbg("40"), albumin("4.3"))
    with localcontext() as context:
        context.prec = 5
        there = free_testosterone(tt("10", "nmol/L"), shbg("40"), albumin("43", "g/L"))
    assert here == there


def test_assumed_albumin_is_marked_and_the_method_named():
    assumed = free_testosterone(tt("300"), shbg("40"))
    given_ = free_testosterone(tt("300"), shbg("40"), albumin("4.3"))
    assert assumed.albumin_assumed
    assert not given_.albumin_assumed
    assert assumed.free_pg_ml == given_.free_pg_ml
    assert assumed.method == "Vermeulen 1999"
    assert "84:3666" in assumed.source


@pytest.mark.parametrize(
    ("readings", "because"),
    [
        ((tt("<20"), shbg("40")), "Total testosterone is <20 ng/dL"),
        ((tt("0"), shbg("40")), "must be above zero"),
        ((tt("300"), shbg(">180")), "a limit is no number"),
        ((tt("300"), shbg("4.9")), "SHBG is 4.9 nmol/L; the calculation does not hold below 5 nmol/L"),
        ((tt("300"), shbg("40"), albumin("2.4")), "does not hold below 2.5 g/dL"),
        ((tt("300"), shbg("40"), albumin("24", "g/L")), "Albumin is 24 g/L"),
        ((tt("300"), shbg("40"), albumin("<4")), "a limit is no number"),
        ((shbg("40"), tt("300")), "TT is needed and SHBG was given"),
    ],
)
def test_free_testosterone_is_refused_where_it_does_not_hold(readings, because):
    with pytest.raises(CannotCalculate, match=because):
        free_testosterone(*readings)


def test_free_testosterone_is_given_at_the_limits():
    assert free_testosterone(tt("300"), shbg("5.0"), albumin("2.5")).percent > 0


def test_free_testosterone_is_refused_with_another_androgen_on_shbg():
    with pytest.raises(CannotCalculate, match="binds SHBG"):
        free_testosterone(tt("300"), shbg("40"), on_binding_androgen=True)


def test_free_testosterone_can_be_placed():
    found = free_testosterone(tt("300"), shbg("40"), albumin("4.3"))
    assert place(found.free, default_interval("CFT")).place is Place.BELOW
    assert place(found.bioavailable, default_interval("BIOT")).place is Place.WITHIN


@given(
    total=st.integers(1, 5000),
    globulin=st.integers(5, 400),
    more=st.integers(1, 200),
    protein=st.decimals("2.5", "7", places=1),
)
def test_free_testosterone_is_part_of_the_total_and_falls_as_shbg_rises(total, globulin, more, protein):
    def found(amount):
        return free_testosterone(
            Reading("TT", Decimal(total), "ng/dL"),
            Reading("SHBG", Decimal(amount), "nmol/L"),
            Reading("ALB", protein, "g/dL"),
        )

    less_bound, more_bound = found(globulin), found(globulin + more)
    assert 0 < less_bound.free_ng_dl < less_bound.bioavailable_ng_dl < total
    assert more_bound.free_pmol_l < less_bound.free_pmol_l


def test_testosterone_estradiol_is_ng_dl_over_pg_ml():
    ratio = t_e2_ratio(tt("543"), parse_reading("E2", "43.5", "pg/mL"))
    assert round(ratio.value, 1) == Decimal("12.5")
    si = t_e2_ratio(tt("18.83", "nmol/L"), parse_reading("E2", "159.7", "pmol/L"))
    assert round(si.value, 1) == Decimal("12.5")
    assert ratio.unit == "ng/dL per pg/mL"


@pytest.mark.parametrize("estradiol", ["<5", "0"])
def test_testosterone_estradiol_is_refused_below_the_limit_of_the_assay(estradiol):
    with pytest.raises(CannotCalculate, match="Estradiol"):
        t_e2_ratio(tt("543"), parse_reading("E2", estradiol, "pg/mL"))


def test_t_lh_ratio():
    lh = parse_reading("LH", "8.6", "IU/L")
    assert round(t_lh_ratio(tt("264"), lh, on_hcg=False, on_testosterone=False).value) == 31
    for taking in ({"on_hcg": True, "on_testosterone": False}, {"on_hcg": False, "on_testosterone": True}):
        with pytest.raises(CannotCalculate, match="hCG or testosterone"):
            t_lh_ratio(tt("264"), lh, **taking)
    with pytest.raises(CannotCalculate, match=r"hormone is <0\.1 IU/L; a limit"):
        t_lh_ratio(tt("264"), parse_reading("LH", "<0.1", "IU/L"), on_hcg=False, on_testosterone=False)


def test_percent_of_baseline():
    assert round(percent_of_baseline(tt("305"), Decimal(231)).value) == 132
    assert round(percent_of_baseline(tt("7.66", "nmol/L"), Decimal(231)).value) == 96
    with pytest.raises(CannotCalculate, match="baseline of Total testosterone"):
        percent_of_baseline(tt("305"), Decimal(0))


def semen(key, text, unit="%"):
    return parse_reading(key, text, unit)


def test_sperm_totals():
    totals = sperm_totals(
        semen("SVOL", "2.6", "mL"), semen("SCONC", "19", "M/mL"), semen("SMOT", "46"), semen("SPR", "35")
    )
    assert totals.total == Decimal("49.4")
    assert totals.motile == Decimal("22.724")
    assert totals.progressive == Decimal("17.29")


def test_sperm_totals_leave_out_what_was_not_measured():
    totals = sperm_totals(semen("SVOL", "2.1", "mL"), semen("SCONC", "0", "M/mL"))
    assert (totals.total, totals.motile, totals.progressive) == (Decimal(0), None, None)


def test_sperm_totals_are_refused_for_a_limit():
    with pytest.raises(CannotCalculate, match=r"Sperm concentration is <0\.1 million/mL"):
        sperm_totals(semen("SVOL", "2.1", "mL"), semen("SCONC", "<0.1", "M/mL"))
