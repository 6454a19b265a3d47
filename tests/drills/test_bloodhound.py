"""D10, bloodhound: after work, refusals, crashes and retries, no word of the record lies outside it."""

import contextlib
import os
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
import redis

from tests.builders import PASSWORD
from tests.drills.figures import told
from tests.drills.visitor import FormReader, Visitor
from tests.house.everything import CANARY
from tests.product import Product, a_product, until

pytestmark = [pytest.mark.journey, pytest.mark.nightly, pytest.mark.xdist_group("bloodhound")]
# An address in lower case is who a mail goes to.
SPELT = [each.encode() for each in (CANARY, quote(f"Family {CANARY}"), "Family+CNRY-A")]
AGAIN = f"{CANARY} again"
# Tables that each of these reads, whatever the record holds, and that are taken away under them.
BROKEN = {"evaluation": "labs_panel", "chart": "patients_condition"}


class Hunted(Product):
    """The product as an operator runs it, with logs at their most talkative and mails in a folder."""

    def open(self) -> None:
        self.mails = self.folder / "mails"
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.environment |= {
            "LOG_LEVEL": "INFO",
            "EMAIL_URL": f"filemail:///{self.mails}",
            "TMPDIR": str(self.temporary),
        }
        [[folder]] = self.ask("show data_directory")
        self.database_log = Path(folder).with_name("pg.log")
        self.log_begins = self.database_log.stat().st_size
        self.answers: list[bytes] = []
        self.made = self.run("tests.drills.hound")
        for name in ("web", "worker", "beat"):
            self.start(name)
        self.until_ready()

    def sinks(self) -> dict[str, bytes]:
        """Everything outside of the record that outlives a request, by its name."""
        with redis.Redis(unix_socket_path=str(self.broker.socket)) as broker:
            broker.save()
            held = [broker.dump(key) or b"" for key in broker.keys("*")]
        with self.database_log.open("rb") as log:
            log.seek(self.log_begins)
            database = log.read()
        return {
            **{name: (self.folder / f"{name}.log").read_bytes() for name in ("web", "worker", "beat")},
            "database log": database,
            "broker": b"".join(held) + _all_in(self.folder / "valkey"),
            "broker log": (self.folder / "valkey.log").read_bytes(),
            "mails": _all_in(self.mails),
            "temporary files": _all_in(self.temporary),
            "error pages": b"".join(self.answers),
        }

    @contextlib.contextmanager
    def without(self, table: str) -> Iterator[None]:
        """A table is away, as after a migration that went wrong: whoever asks for it fails."""
        self.tell(f"alter table {table} rename to {table}_away")
        try:
            yield
        finally:
            self.tell(f"alter table {table}_away rename to {table}")


def _all_in(folder: Path) -> bytes:
    files = (path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return b"".join(os.fsencode(path) + path.read_bytes() for path in files)


def leaks(sinks: dict[str, bytes]) -> dict[str, str]:
    """The sinks in which the canary is, each with what stands around it."""
    found = {}
    for name, held in sinks.items():
        for spelt in SPELT:
            if (at := held.find(spelt)) >= 0:
                found[name] = held[max(at - 200, 0) : at + 60].decode(errors="replace")
    return found


@pytest.fixture(scope="module")
def hunted() -> Iterator[Hunted]:
    with a_product("bloodhound", Hunted) as running:
        running.open()
        yield running


def refused(hunted: Hunted, deed) -> int:
    """The status of what is refused; its page is kept to be searched."""
    try:
        deed()
    except urllib.error.HTTPError as problem:
        hunted.answers.append(problem.read() if problem.code != 422 else b"")
        return problem.code
    return 200


def _ask_for_a_document(ada: Visitor, at: str) -> None:
    with ada.opener.open(f"{ada.address}{at}/documents/list/", timeout=30) as page:
        fields = FormReader(page.read().decode(), named="kind").fields
    ada.opener.open(f"{ada.address}{at}/documents/new/", data=urlencode(fields).encode(), timeout=30).read()


def work(hunted: Hunted) -> dict[str, int]:
    """Log-ins, a registration, a panel, a note, a document, denied and failing requests, failing tasks."""
    ada, patient = Visitor(hunted.address), hunted.made["patient"]
    at = f"/patients/{patient}"

    def look(path: str) -> int:
        return refused(hunted, lambda: ada.opener.open(f"{hunted.address}{path}", timeout=30).read())

    def fill(path: str, **typed: str) -> int:
        return refused(hunted, lambda: ada.fill(path, **typed))

    counted = {"wrong_log_ins": 0, "denied": 0, "failed_requests": 0, "failed_tasks": 0}
    fill("/account/login/", named="login", login=f"{CANARY}@mail.example", password=CANARY)
    fill("/account/password/reset/", named="email", email=hunted.made["clinician"])
    counted["wrong_log_ins"] += 1
    fill("/account/login/", named="login", login=hunted.made["clinician"], password=PASSWORD)
    man = {"family_name": CANARY, "given_name": CANARY, "mrn": CANARY, "date_of_birth": "1988-05-17"}
    for _ in range(2):
        fill("/patients/new/", named="mrn", **man)
    fill("/patients/new/", named="mrn", **{**man, "date_of_birth": f"2026-99-99 {CANARY}"})
    assert look(f"/patients/?q={quote(f'Family {CANARY}')}") == 200
    fill(f"{at}/notes/new/", named="entry_key", text=f"{CANARY} seen", then="sign")
    fill(f"{at}/notes/sign/", named="entry_key")
    _ask_for_a_document(ada, at)
    for stranger in (f"/patients/{hunted.made['stranger']}/", "/patients/nobody/", f"{at}/nowhere/"):
        counted["denied"] += look(stranger) == 404
    hunted.tell(f"alter table patients_note add constraint refused check (text <> '{AGAIN}') not valid")
    counted["failed_requests"] += fill(f"{at}/notes/new/", named="entry_key", text=AGAIN) == 500
    hunted.tell("alter table patients_note drop constraint refused")
    with hunted.without(BROKEN["chart"]):
        counted["failed_requests"] += look(f"{at}/") == 500
    failing = "select count(*) from monitoring_evaluation where error <> ''"
    with hunted.without(BROKEN["evaluation"]):
        hunted.tell("update patients_episode set record_version = record_version + 1")
        hunted.run("tests.drills.nudge")
        until(lambda: hunted.ask(failing)[0][0] > 1, "a task has failed", seconds=90)
    counted["failed_tasks"] = hunted.ask(failing)[0][0]
    return counted


def test_no_word_of_the_record_lies_outside_of_it(hunted):
    counted = work(hunted)
    assert counted["denied"] == 3
    assert counted["failed_requests"] >= 2
    sinks = hunted.sinks()
    assert leaks(sinks) == {}
    assert all(len(sinks[name]) > 0 for name in ("web", "worker", "database log", "error pages"))
    told("D10", "bloodhound", sinks=len(sinks), bytes=sum(map(len, sinks.values())), **counted, canaries=0)


@pytest.mark.planted
def test_a_canary_in_any_sink_is_found(hunted):
    """One in each: the nose works wherever it is held."""
    for name in ("web", "worker", "beat", "valkey"):
        with (hunted.folder / f"{name}.log").open("a") as log:
            log.write(f"\n{CANARY}")
    hunted.mails.mkdir(exist_ok=True)
    (hunted.mails / "planted.log").write_text(f"Subject: {CANARY}")
    (hunted.temporary / "planted").write_text(CANARY)
    hunted.answers.append(CANARY.encode())
    with redis.Redis(unix_socket_path=str(hunted.broker.socket)) as broker:
        broker.rpush("planted", CANARY)
    with psycopg.connect(hunted.admin, autocommit=True) as connection:
        connection.execute(f"do $$ begin raise warning '{CANARY}'; end $$")
    assert set(leaks(hunted.sinks())) == set(hunted.sinks())
