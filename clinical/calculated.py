"""Calculated values, each with its method and source, and refused where the calculation does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from pathlib import Path

from clinical.analytes import analyte
from clinical.datafile import RULES_DIR, Header, Mark, read_datafile, typed
from clinical.readings import Reading, convert

_WORKING = Context(prec=40)
_KEPT = Decimal("0.0001")
PERCENT = Decimal(100)
DL_IN_L = Decimal(10)
PG_ML_IN_NG_DL = Decimal(10)
PMOL_IN_NMOL = Decimal(1000)


class CannotCalculate(ValueError):
    """The calculation does not hold for these readings; the message is the reason, in a sentence."""


@dataclass(frozen=True, slots=True)
class FreeTestosteroneMethod:
    """The association constants, molar masses and limits of the free testosterone calculation."""

    method: str
    source: str
    mark: Mark
    shbg_association_l_per_nmol: Decimal
    albumin_association_l_per_mol: Decimal
    albumin_g_per_mol: Decimal
    testosterone_g_per_mol: Decimal
    assumed_albumin_g_dl: Decimal
    lowest_shbg_nmol_l: Decimal
    lowest_albumin_g_dl: Decimal
    caveats: str


@dataclass(frozen=True, slots=True)
class Method:
    """How a value is calculated and where that comes from."""

    method: str
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Methods:
    """All calculations of one version of the file."""

    free_testosterone: FreeTestosteroneMethod
    testosterone_estradiol: Method
    sperm_totals: Method
    testosterone_lh: Method
    percent_of_baseline: Method


@dataclass(frozen=True)
class CalculatedTable:
    """The file: its header and its methods."""

    header: Header
    methods: Methods


def load_calculated(path: Path = RULES_DIR / "calculated.yaml") -> CalculatedTable:
    """Reads the file of calculations; raises RulebookError that names what is wrong in it."""
    header, content = read_datafile(path)
    return CalculatedTable(header, typed(path, Methods, content))


CALCULATED = load_calculated()


@dataclass(frozen=True, slots=True)
class Calculated:
    """A calculated value in the unit named, and its method. Never to be mixed with measured ones."""

    value: Decimal
    unit: str
    method: str
    source: str


@dataclass(frozen=True, slots=True)
class CalculatedTestosterone:
    """Free and bioavailable testosterone. `percent` is free over total; `albumin_assumed` must be shown."""

    free_pg_ml: Decimal
    free_ng_dl: Decimal
    free_pmol_l: Decimal
    percent: Decimal
    bioavailable_ng_dl: Decimal
    albumin_assumed: bool
    method: str
    source: str

    @property
    def free(self) -> Reading:
        """The free testosterone as a reading of CFT, for placing in an interval."""
        return Reading("CFT", self.free_pg_ml, "pg/mL")

    @property
    def bioavailable(self) -> Reading:
        """The bioavailable testosterone as a reading of BIOT."""
        return Reading("BIOT", self.bioavailable_ng_dl, "ng/dL")


@dataclass(frozen=True, slots=True)
class SpermTotals:
    """Million per ejaculate: all, motile (TMSC) and progressive (TPMSC); None where not measured."""

    total: Decimal
    motile: Decimal | None
    progressive: Decimal | None
    method: str
    source: str


def _number(reading: Reading, key: str, unit: str) -> Decimal:
    """The value in the unit; raises CannotCalculate for a censored reading."""
    if reading.analyte != key:
        raise CannotCalculate(f"{key} is needed and {reading.analyte} was given.")
    if reading.censored:
        limit = f"{analyte(key).name} is {reading.text_with_unit}"
        raise CannotCalculate(f"{limit}; a limit is no number to calculate with.")
    return convert(reading, unit).value


def _positive(reading: Reading, key: str, unit: str) -> Decimal:
    value = _number(reading, key, unit)
    if value <= 0:
        raise CannotCalculate(f"{analyte(key).name} is {reading.text_with_unit}; it must be above zero.")
    return value


def _kept(value: Decimal) -> Decimal:
    return value.quantize(_KEPT, context=_WORKING)


def _free_nmol_l(total: Decimal, shbg: Decimal, bound_to_albumin: Decimal, association: Decimal) -> Decimal:
    """The positive root of the mass action equation, in nmol/L; `bound_to_albumin` is 1 + Ka x albumin."""
    a = bound_to_albumin * association
    b = bound_to_albumin + association * (shbg - total)
    return ((b * b + 4 * a * total).sqrt() - b) / (2 * a)


def _albumin_g_dl(albumin: Reading | None, method: FreeTestosteroneMethod) -> Decimal:
    if albumin is None:
        return method.assumed_albumin_g_dl
    value = _number(albumin, "ALB", "g/dL")
    if value < method.lowest_albumin_g_dl:
        limit = f"{method.lowest_albumin_g_dl:f} g/dL"
        raise CannotCalculate(
            f"Albumin is {albumin.text_with_unit}; the calculation does not hold below {limit}."
        )
    return value


def _shbg_nmol_l(shbg: Reading, method: FreeTestosteroneMethod) -> Decimal:
    value = _number(shbg, "SHBG", "nmol/L")
    if value < method.lowest_shbg_nmol_l:
        limit = f"{method.lowest_shbg_nmol_l:f} nmol/L"
        raise CannotCalculate(f"SHBG is {shbg.text_with_unit}; the calculation does not hold below {limit}.")
    return value


def free_testosterone(
    tt: Reading,
    shbg: Reading,
    albumin: Reading | None = None,
    *,
    on_binding_androgen: bool = False,
    table: CalculatedTable = CALCULATED,
) -> CalculatedTestosterone:
    """Free and bioavailable testosterone by mass action (Vermeulen 1999); raises CannotCalculate.

    Without albumin an assumed value is used and marked. `on_binding_androgen`: DHT, mesterolone and most
    anabolic steroids take SHBG from testosterone, and then no number is given.
    """
    method = table.methods.free_testosterone
    if on_binding_androgen:
        raise CannotCalculate("Another androgen that binds SHBG is being taken.")
    total_ng_dl, bound = _positive(tt, "TT", "ng/dL"), _shbg_nmol_l(shbg, method)
    with localcontext(_WORKING):
        albumin_mol_l = _albumin_g_dl(albumin, method) * DL_IN_L / method.albumin_g_per_mol
        per_free = 1 + method.albumin_association_l_per_mol * albumin_mol_l
        ng_dl_in_nmol_l = method.testosterone_g_per_mol / DL_IN_L
        total = total_ng_dl / ng_dl_in_nmol_l
        free = _free_nmol_l(total, bound, per_free, method.shbg_association_l_per_nmol)
        return CalculatedTestosterone(
            free_pg_ml=_kept(free * ng_dl_in_nmol_l * PG_ML_IN_NG_DL),
            free_ng_dl=_kept(free * ng_dl_in_nmol_l),
            free_pmol_l=_kept(free * PMOL_IN_NMOL),
            percent=_kept(free / total * PERCENT),
            bioavailable_ng_dl=_kept(free * ng_dl_in_nmol_l * per_free),
            albumin_assumed=albumin is None,
            method=method.method,
            source=method.source,
        )


def t_e2_ratio(tt: Reading, e2: Reading, *, table: CalculatedTable = CALCULATED) -> Calculated:
    """T:E2 as ng/dL over pg/mL, for one draw; raises CannotCalculate, also for estradiol below its limit."""
    method = table.methods.testosterone_estradiol
    ratio = _WORKING.divide(_number(tt, "TT", "ng/dL"), _positive(e2, "E2", "pg/mL"))
    return Calculated(_kept(ratio), "ng/dL per pg/mL", method.method, method.source)


def t_lh_ratio(
    tt: Reading,
    lh: Reading,
    *,
    on_hcg: bool,
    on_testosterone: bool,
    table: CalculatedTable = CALCULATED,
) -> Calculated:
    """Testosterone per LH as ng/dL over IU/L; raises CannotCalculate on hCG or testosterone."""
    if on_hcg or on_testosterone:
        raise CannotCalculate("LH does not drive testosterone while hCG or testosterone is taken.")
    method = table.methods.testosterone_lh
    ratio = _WORKING.divide(_number(tt, "TT", "ng/dL"), _positive(lh, "LH", "[IU]/L"))
    return Calculated(_kept(ratio), "ng/dL per IU/L", method.method, method.source)


def percent_of_baseline(
    current: Reading, baseline: Decimal, *, table: CalculatedTable = CALCULATED
) -> Calculated:
    """Per cent of the man's own value before testosterone (canonical unit); raises CannotCalculate."""
    if baseline <= 0:
        raise CannotCalculate(f"The baseline of {analyte(current.analyte).name} must be above zero.")
    method = table.methods.percent_of_baseline
    value = _number(current, current.analyte, analyte(current.analyte).canonical_unit)
    return Calculated(_kept(_WORKING.divide(value * PERCENT, baseline)), "%", method.method, method.source)


def sperm_totals(
    volume: Reading,
    concentration: Reading,
    motility: Reading | None = None,
    progressive: Reading | None = None,
    *,
    table: CalculatedTable = CALCULATED,
) -> SpermTotals:
    """Sperm per ejaculate in millions; raises CannotCalculate. What was not measured stays None."""
    method = table.methods.sperm_totals
    total = _number(volume, "SVOL", "mL") * _number(concentration, "SCONC", "10*6/mL")

    def share(reading: Reading | None, key: str) -> Decimal | None:
        return None if reading is None else _kept(total * _number(reading, key, "%") / PERCENT)

    return SpermTotals(
        total=_kept(total),
        motile=share(motility, "SMOT"),
        progressive=share(progressive, "SPR"),
        method=method.method,
        source=method.source,
    )
