"""The programme: each drill with what it shows. A module here that this table does not name fails a test."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Drill:
    """An attack or a fault that is played against the product, and the module that plays it."""

    number: str
    name: str
    module: str
    shows: str

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.module}.py"


PROGRAMME = [
    Drill(
        "D1",
        "every-door",
        "test_every_door",
        "every route answers everybody as the table of doors says, and no answer holds another clinic's word",
    ),
    Drill(
        "D2",
        "smuggler",
        "test_smuggler",
        "no form reaches a record by an id, or a column by a name, that is not its own to name",
    ),
    Drill(
        "D3",
        "revoked",
        "test_revoked",
        "a right taken away is gone with the next request, and work queued before leaves nothing",
    ),
    Drill(
        "D4",
        "bare database",
        "test_bare_database",
        "PostgreSQL itself gives nothing of a clinic to whoever does not stand in it",
    ),
    Drill(
        "D5",
        "black box",
        "test_black_box",
        "every look and deed is written down beyond forging, and no glass breaks unseen",
    ),
    Drill(
        "D6",
        "forged click",
        "test_forged_click",
        "another site's form does nothing, looking changes nothing, no session is handed on, and none that"
        " ends loses a word",
    ),
    Drill(
        "D7",
        "guesser",
        "test_guesser",
        "no password, code or address is found by trying, however many try at once",
    ),
    Drill(
        "D8",
        "poisoned note",
        "test_poisoned_note",
        "whatever is written into any text comes out as text, on every page and in every file",
    ),
    Drill(
        "D9", "armour", "test_armour", "every route and every status answers with one exact set of headers"
    ),
    Drill(
        "D10",
        "bloodhound",
        "test_bloodhound",
        "after work, refusals, crashes and retries, no word of the record lies anywhere outside it",
    ),
    Drill(
        "D11",
        "paper trap",
        "test_paper_trap",
        "what is printed fetches nothing, and what has no end is ended, the worker unharmed",
    ),
    Drill(
        "D13",
        "fuzz",
        "test_fuzz",
        "whatever is sent to a form or to the API, the answer is the promised one and never a server error",
    ),
    Drill(
        "D16",
        "headshot",
        "test_headshot",
        "of a hundred jobs each is done once, whoever is killed at whatever point of one; what is poisoned is"
        " given up after its third try, and that is told",
    ),
    Drill(
        "D17",
        "amnesia",
        "test_amnesia",
        "the broker emptied, away, full or restarted while everybody writes: pages are saved, no job is lost,"
        " workers go on, and nobody gets in whom PostgreSQL keeps out",
    ),
    Drill(
        "D18",
        "two conductors",
        "test_two_conductors",
        "two beats double nothing, one is enough, without any the alarm goes; an outage is caught up once",
    ),
    Drill(
        "D19",
        "lost hour",
        "test_lost_hour",
        "no hour that the clock skips or shows twice is guessed, and each day is judged once",
    ),
    Drill(
        "D20",
        "two pens",
        "test_two_pens",
        "of all who change one dose at once one succeeds, and the others lose nothing of theirs",
    ),
    Drill(
        "D22",
        "wrong drawer",
        "test_wrong_drawer",
        "no number, unit or patient is stored that nobody meant",
    ),
    Drill(
        "D23",
        "pulled plug",
        "test_pulled_plug",
        "PostgreSQL killed while everybody writes: what was acknowledged is there, and meanwhile it is 503",
    ),
]
