"""Three men's values as a laboratory sends them: nmol/L throughout, decimal commas, no sex and no date."""

import csv
from pathlib import Path

BLOOD = ("TT", "E2", "SHBG", "FSH", "LH")
SEMEN = ("SCONC", "SVOL", "SVIT", "SMORPH", "SPR", "SNP", "SIM")
# In the export: id, AMH of the seminal plasma, then the five; id, concentration, total count, then the rest.
HORMONES_FROM, TOTAL_COUNT = 2, 2
IDS = ("3", "19", "31")
# Invented, in the same shape: the tests need nothing beside the checkout.
INVENTED = [
    (("8,4", "0,17", "31", "4,1", "4,6"), ("48,5", "2,6", "88", "6,1", "20", "25", "55")),
    (("24,6", "0,18", "35", "14,0", "10,1"), ("13,8", "4,6", "91", "2,0", "55", "20", "25")),
    (("8,7", "0,10", "26", "6,0", "1,5"), ("320,0", "1,5", "90", "1,5", "62", "21", "17")),
]

Values = dict[str, str]


def three_men() -> list[tuple[Values, Values]]:
    """Blood and semen of each: from the real data set where it lies beside the checkout, else invented."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data"
    found = _real(folder) if folder.exists() else INVENTED
    return [
        (dict(zip(BLOOD, blood, strict=True)), dict(zip(SEMEN, semen, strict=True))) for blood, semen in found
    ]


def _real(folder: Path) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    hormones, semen = _rows(folder / "visem_hormones.csv"), _rows(folder / "visem_semen.csv")
    last = HORMONES_FROM + len(BLOOD)
    return [
        (
            tuple(hormones[man][HORMONES_FROM:last]),
            (semen[man][1], *semen[man][TOTAL_COUNT + 1 :]),
        )
        for man in IDS
    ]


def _rows(file: Path) -> dict[str, list[str]]:
    with file.open(newline="") as lines:
        return {row[0]: row for row in csv.reader(lines, delimiter=";") if row}
