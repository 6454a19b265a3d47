"""The analyte file: complete, coded with care, and refused when it is wrong."""

from decimal import Decimal

import pytest

from clinical.analytes import (
    ANALYTES,
    LoincStatus,
    UnknownAnalyte,
    analyte,
    analyte_of_loinc,
    load_analytes,
)
from clinical.datafile import RULES_DIR, RulebookError

BLOOD = "TT FT CFT BIOT SHBG ALB LH FSH E2 PRL HCT HGB PSA ALT AST GGT TG A1C VITD AMH INHB BILI LDL HDL"
OTHER = "DXA DXA_T DXA_Z TVOL"
SEMEN = "SVOL SCONC STOT SMOT SPR SNP SIM SMORPH SVIT SPH SWBC SRND SABST SLIQ"


@pytest.mark.parametrize("key", f"{BLOOD} {OTHER} {SEMEN}".split())
def test_every_analyte_is_there_with_a_source(key):
    assert analyte(key).sources
    assert all(source.cite for source in analyte(key).sources)


def test_semen_analytes_are_of_semen():
    assert {key for key, row in ANALYTES.items() if row.specimen == "semen"} == set(SEMEN.split())


def test_an_unknown_analyte_is_named():
    with pytest.raises(UnknownAnalyte, match="PROGESTERONE"):
        analyte("PROGESTERONE")


@pytest.mark.parametrize(
    ("key", "unit", "factor"),
    [
        ("TT", "nmol/L", "28.842"),
        ("FT", "pmol/L", "0.28842"),
        ("E2", "pmol/L", "0.27238"),
        ("E2", "nmol/L", "272.38"),
        ("ALT", "ukat/L", "60"),
    ],
)
def test_factors_are_exact_and_not_rounded_reciprocals(key, unit, factor):
    assert analyte(key).units_by_code[unit].factor == Decimal(factor)


def test_hba1c_has_an_offset():
    assert analyte("A1C").units_by_code["mmol/mol"].offset == Decimal("2.152")


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("2986-8", "TT"),
        ("14913-8", "TT"),
        ("49041-7", "TT"),
        ("10611-2", "SIM"),
        ("10620-3", "SNP"),
        ("9780-8", "SCONC"),
    ],
)
def test_confirmed_codes_find_their_analyte(code, key):
    assert analyte_of_loinc(code).key == key


@pytest.mark.parametrize(
    "code", ["10586-6", "10595-7", "35384-7", "10610-4", "2752-4", "12841-3", "58952-3", "96559-0"]
)
def test_deprecated_unconfirmed_and_mismapped_codes_find_nothing(code):
    assert analyte_of_loinc(code) is None


@pytest.mark.parametrize("key", ["SVOL", "STOT", "SPH", "INHB", "TVOL", "DXA"])
def test_no_code_is_given_where_none_is_confirmed(key):
    assert analyte(key).loinc is None


def test_no_code_names_two_analytes():
    codes = [row.loinc for row in ANALYTES.values() if row.loinc]
    codes += [
        other.code
        for row in ANALYTES.values()
        for other in row.loinc_alternates
        if other.status is LoincStatus.CONFIRMED
    ]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("old", "new", "because"),
    [
        ("canonical_unit: ng/dL", "canonical_unit: furlong", "TT: the canonical unit is not among its units"),
        ("multiply: 28.842", "multiply: 0", "TT: a factor is zero or below"),
        ("key: FT", "key: TT", "a key stands twice"),
        ("label: ng/mL, decimals: 2", "label: nmol/L, decimals: 2", "TT: two units share a spelling"),
        ("specimen: serum", "specimen: serum\n    specimen: blood", "'specimen' stands twice"),
        ("name: Total testosterone", "nam: Total testosterone", "name"),
        ("id: analytes", "ident: analytes", "analytes.yaml"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path, old, new, because):
    text = (RULES_DIR / "analytes.yaml").read_text(encoding="utf-8")
    path = tmp_path / "analytes.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulebookError, match=because):
        load_analytes(path)


def test_a_missing_or_empty_file_is_refused_by_name(tmp_path):
    path = tmp_path / "analytes.yaml"
    with pytest.raises(RulebookError, match=r"analytes\.yaml"):
        load_analytes(path)
    path.write_text("", encoding="utf-8")
    with pytest.raises(RulebookError, match="a rulebook file is a mapping"):
        load_analytes(path)
