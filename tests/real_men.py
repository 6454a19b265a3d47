"""Thirty real men as a laboratory exports them: nmol/L, decimal commas, no sex, no hour and no date.

The files (VISEM, Haugen et al., MMSys 2019, CC BY 4.0) are not part of the project; where they lie beside the
checkout they are read, and where they do not, three invented men in the same shape stand in.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"
# By our key, the heading in the export, up to the first word that tells it from the others.
BLOOD = {
    "TT": "Serum total testosterone (nmol/L)",
    "E2": "Serum oestradiol (nmol/L)",
    "SHBG": "Serum sex hormone-binding globulin, SHBG (nmol/L)",
    "FSH": "Serum follicle-stimulating hormone, FSH (IU/L)",
    "LH": "Serum Luteinizing hormone, LH (IU/L)",
}
SEMEN = {
    "SCONC": "Sperm concentration",
    "SVOL": "Ejaculate volume",
    "SVIT": "Sperm vitality",
    "SMORPH": "Normal spermatozoa",
    "SPR": "Progressive motility",
    "SNP": "Non progressive",
    "SIM": "Immotile",
}

Values = dict[str, str]


@dataclass(frozen=True)
class Man:
    """What was measured in one man, as the export has it: `8,2` for 8.2."""

    id: str
    blood: Values
    semen: Values


INVENTED = [
    Man(
        "A",
        dict(zip(BLOOD, ("8,4", "0,17", "31", "4,1", "4,6"), strict=True)),
        dict(zip(SEMEN, ("48,5", "2,6", "88", "6,1", "20", "25", "55"), strict=True)),
    ),
    Man(
        "B",
        dict(zip(BLOOD, ("24,6", "0,18", "35", "14,0", "10,1"), strict=True)),
        dict(zip(SEMEN, ("13,8", "4,6", "91", "2,0", "55", "20", "25"), strict=True)),
    ),
    Man(
        "C",
        dict(zip(BLOOD, ("8,7", "0,10", "26", "6,0", "1,5"), strict=True)),
        dict(zip(SEMEN, ("320,0", "1,5", "90", "1,5", "62", "21", "17"), strict=True)),
    ),
]


def men() -> list[Man]:
    """The real men where their files lie beside the checkout, else the invented ones."""
    return _read(FOLDER) if FOLDER.exists() else INVENTED


def _read(folder: Path) -> list[Man]:
    hormones, semen = _rows(folder / "visem_hormones.csv"), _rows(folder / "visem_semen.csv")
    return [Man(man, _taken(row, BLOOD), _taken(semen[man], SEMEN)) for man, row in hormones.items()]


def _rows(file: Path) -> dict[str, Values]:
    with file.open(newline="") as lines:
        return {row["ID"]: row for row in csv.DictReader(lines, delimiter=";") if row["ID"]}


def _taken(row: Values, headings: dict[str, str]) -> Values:
    """The columns that we have an analyte for, by its key; a heading that is not there is a KeyError."""
    named = {
        key: [column for column in row if column.startswith(heading)] for key, heading in headings.items()
    }
    missing = [key for key, columns in named.items() if len(columns) != 1]
    if missing:
        raise KeyError(f"No column, or several, for {', '.join(missing)}.")
    return {key: row[columns[0]] for key, columns in named.items()}


def three_men() -> list[Man]:
    """Three that differ: testosterone low, gonadotropins raised, estradiol low."""
    found = {man.id: man for man in men()}
    return [found[one] for one in ("3", "19", "31")] if "3" in found else INVENTED
