"""What pages show of courses and doses."""

from protocols.presenters.catalogue import ChooseDrug, choose_drug
from protocols.presenters.changing import DEEDS, ChangePage, change_page
from protocols.presenters.history import (
    VersionPage,
    difference,
    page_of,
    version_on_file,
)
from protocols.presenters.library import (
    Chosen,
    chosen_protocol,
    library_of,
    own_protocol,
    shipped_protocol,
    to_start_from,
    versions_of,
)
from protocols.presenters.lineage import CurrentDose, Treatment, current_doses, treatment_of
from protocols.presenters.ordering import Desk, desk_for_start, desk_of
from protocols.presenters.overtaken import course_on_file
from protocols.presenters.reading_back import DoseCheck, ReadBack, check_dose, read_back
from protocols.presenters.sheet import Sheet, dose_of_part, sheet_of
from protocols.presenters.together import (
    TogetherDesk,
    TogetherReadBack,
    ordered_of,
    read_back_together,
    together_desk,
)

__all__ = [
    "DEEDS",
    "ChangePage",
    "ChooseDrug",
    "Chosen",
    "CurrentDose",
    "Desk",
    "DoseCheck",
    "ReadBack",
    "Sheet",
    "TogetherDesk",
    "TogetherReadBack",
    "Treatment",
    "VersionPage",
    "change_page",
    "check_dose",
    "choose_drug",
    "chosen_protocol",
    "course_on_file",
    "current_doses",
    "desk_for_start",
    "desk_of",
    "difference",
    "dose_of_part",
    "library_of",
    "ordered_of",
    "own_protocol",
    "page_of",
    "read_back",
    "read_back_together",
    "sheet_of",
    "shipped_protocol",
    "to_start_from",
    "together_desk",
    "treatment_of",
    "version_on_file",
    "versions_of",
]
