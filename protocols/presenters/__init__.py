"""What pages show of courses and doses."""

from protocols.presenters.catalogue import ChooseDrug, choose_drug
from protocols.presenters.changing import DEEDS, ChangePage, change_page
from protocols.presenters.lineage import CurrentDose, Treatment, current_doses, treatment_of
from protocols.presenters.ordering import Desk, desk_for_start, desk_of
from protocols.presenters.overtaken import BothSides, both_sides
from protocols.presenters.reading_back import DoseCheck, ReadBack, check_dose, read_back

__all__ = [
    "DEEDS",
    "BothSides",
    "ChangePage",
    "ChooseDrug",
    "CurrentDose",
    "Desk",
    "DoseCheck",
    "ReadBack",
    "Treatment",
    "both_sides",
    "change_page",
    "check_dose",
    "choose_drug",
    "current_doses",
    "desk_for_start",
    "desk_of",
    "read_back",
    "treatment_of",
]
