"""What pages show of courses and doses."""

from protocols.presenters.catalogue import ChooseDrug, choose_drug
from protocols.presenters.changing import DEEDS, ChangePage, change_page
from protocols.presenters.lineage import CurrentDose, Treatment, current_doses, treatment_of
from protocols.presenters.ordering import Desk, desk_for_start, desk_of
from protocols.presenters.overtaken import course_on_file
from protocols.presenters.reading_back import DoseCheck, ReadBack, check_dose, read_back

__all__ = [
    "DEEDS",
    "ChangePage",
    "ChooseDrug",
    "CurrentDose",
    "Desk",
    "DoseCheck",
    "ReadBack",
    "Treatment",
    "change_page",
    "check_dose",
    "choose_drug",
    "course_on_file",
    "current_doses",
    "desk_for_start",
    "desk_of",
    "read_back",
    "treatment_of",
]
