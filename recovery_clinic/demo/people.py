"""Who is in the demo clinics, and which course each man follows. All are invented."""

from dataclasses import dataclass
from datetime import date

from patients.models import Goal

PASSWORD = "walk-the-harbour-wall"  # noqa: S105 - printed at the start of a demo, and only there


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who can log in to the demo."""

    role: str
    email: str
    name: str


CLINICIAN = DemoPerson("clinician", "ada@harbour.example", "Dr Ada Nwosu")
STAFF = DemoPerson("staff", "ben@harbour.example", "Ben Whitlock")
ADMIN = DemoPerson("admin", "dora@harbour.example", "Dora Lindqvist")
PORTAL = DemoPerson("patient", "cal@harbour.example", "Cal Brightwater")
ELSEWHERE = DemoPerson("clinician", "mallory@lakeside.example", "Dr Mallory Quist")
HARBOUR_PEOPLE = (CLINICIAN, STAFF, ADMIN, PORTAL)


@dataclass(frozen=True, slots=True)
class DemoMan:
    """A patient: his course, how many of its events have happened, and days since the last of them."""

    given_name: str
    family_name: str
    born: date
    course: str
    events: int
    days_ago: int
    unread: int = 1
    goal: Goal | None = None


MEN = (
    DemoMan("Cal", "Brightwater", date(1992, 4, 11), "c1", 7, 5, unread=0),
    DemoMan("Gordon", "Ashdown", date(1974, 9, 2), "c2", 5, 9),
    DemoMan("Marek", "Sobczak", date(1985, 1, 23), "c4", 4, 1),
    DemoMan("Luis", "Ferreira", date(1988, 7, 30), "c5", 5, 3),
    DemoMan("Tom", "Hallvard", date(1995, 11, 5), "c7", 5, 2),
    DemoMan("Andre", "Delacroix", date(1990, 3, 17), "c8", 4, 6),
    DemoMan("Samuel", "Oyelaran", date(1991, 12, 9), "c1", 3, 30, unread=0),
    DemoMan("Peter", "Lindgren", date(1987, 5, 14), "c1", 4, 95, unread=0),
    DemoMan("Hugh", "Macrae", date(1971, 2, 28), "c2", 3, 60, unread=0),
    DemoMan("Ismail", "Demir", date(1983, 8, 19), "c4", 1, 12),
    DemoMan("Owen", "Pritchard", date(1984, 10, 3), "c4", 6, 40, unread=0),
    DemoMan("Jonas", "Weidmann", date(1986, 6, 21), "c5", 3, 8, unread=1),
    DemoMan("Rafael", "Quintero", date(1994, 1, 7), "c7", 3, 20),
    DemoMan("Dmitri", "Volkov", date(1989, 4, 26), "c8", 2, 4),
    DemoMan("Ken", "Nakagawa", date(1993, 9, 13), "c8", 6, 15, unread=0),
    DemoMan("Will", "Thackeray", date(1990, 12, 1), "c1", 9, 90, unread=0),
    DemoMan("Elias", "Haddad", date(1979, 3, 8), "c2", 7, 14),
    DemoMan("Noah", "Kirkbride", date(1996, 5, 29), "c7", 6, 33, unread=0),
    DemoMan("Anton", "Berger", date(1982, 11, 16), "c4", 7, 25, goal=Goal.TESTOSTERONE),
    DemoMan("Yusuf", "Rahman", date(1992, 8, 4), "c1", 1, 3),
    DemoMan("Carl", "Edmundson", date(1976, 7, 12), "c2", 1, 40, unread=0),
    DemoMan("Mateo", "Silvestri", date(1991, 2, 15), "c1", 5, 20, goal=Goal.FERTILITY),
    DemoMan("Finn", "Osterholm", date(1988, 10, 24), "c5", 6, 50, unread=0),
    DemoMan("Leon", "Castellan", date(1985, 6, 6), "c8", 5, 70, unread=0),
)
MEN_ELSEWHERE = (
    DemoMan("Victor", "Lakeman", date(1980, 1, 19), "c1", 4, 11),
    DemoMan("Paul", "Reedham", date(1977, 12, 30), "c4", 3, 7),
)
