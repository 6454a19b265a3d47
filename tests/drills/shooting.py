"""Workers that are held in the middle of a job, and shot there.

Triggers of the drill's own database wait for an advisory lock at each point inside a job's transactions, and
tests/drills/faulty.py waits for another when a task has ended. Whoever holds the lock of a point keeps the
next job there. Nothing of this is in the product.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.builders import PASSWORD
from tests.drills.faults import FAULTY, Clinic
from tests.drills.jobs import DOCUMENTS, EVALUATIONS, JOBS, POISONED
from tests.drills.plug import orphans
from tests.drills.processes import children_of, descendants_of, still_alive
from tests.drills.visitor import Visitor
from tests.product import a_product, until

# Where a job stands: its try not counted yet; its effect begun; all of it stored but the mark; all committed
# and the broker not told.
POINTS = {"before_claim": 1, "mid_effect": 2, "before_mark": 3, "after_mark": 4}
LOCKS = 424242
# The child dies as when memory runs out; the main process alone; both at once, as a machine would.
VICTIMS = ("child", "main", "machine")
# A job is held at its first try only, so that no healthy one is shot until it is given up.
HOOK = f"""
create function drill_point() returns trigger language plpgsql security definer as $$
begin
    perform pg_advisory_xact_lock_shared({LOCKS}, tg_argv[0]::int);
    return new;
end $$;
create function drill_flag_point() returns trigger language plpgsql security definer as $$
begin
    if exists (select from monitoring_evaluation where episode_id = new.episode_id and attempts = 1) then
        perform pg_advisory_xact_lock_shared({LOCKS}, {POINTS["mid_effect"]});
    end if;
    return new;
end $$;
create trigger drill_claim before update of attempts on monitoring_evaluation
    for each row when (old.attempts = 0 and new.attempts = 1)
    execute function drill_point({POINTS["before_claim"]});
create trigger drill_claim before update of attempts on documents_document
    for each row when (old.attempts = 0 and new.attempts = 1)
    execute function drill_point({POINTS["before_claim"]});
create trigger drill_effect before insert on monitoring_flag
    for each row execute function drill_flag_point();
create trigger drill_effect before update of pdf on documents_document
    for each row when (new.pdf is not null and old.attempts = 1)
    execute function drill_point({POINTS["mid_effect"]});
create trigger drill_mark before update of evaluated_version on monitoring_evaluation
    for each row when (new.evaluated_version > old.evaluated_version and old.attempts = 1)
    execute function drill_point({POINTS["before_mark"]});
create trigger drill_mark before insert on audit_event
    for each row when (new.action = 'documents.document.rendered' and new.details ->> 'attempts' = '1')
    execute function drill_point({POINTS["before_mark"]});
"""
HELD = (
    "select a.application_name from pg_locks l join pg_stat_activity a using (pid) where not l.granted"
    " and l.locktype = 'advisory' and a.datname = current_database() and l.classid = %s and l.objid = %s"
    " order by 1"
)
RENDERED = (
    "select count(rendered_at), (select count(*) from audit_event"
    " where action = 'documents.document.rendered' and object_id = any(%s))"
    " from documents_document where id = any(%s::uuid[])"
)
# Of poisoned jobs: whether it has left an effect, how often it was tried, and its name on the page.
EPISODES_TRIED = """
select v.evaluated_version > 0 or exists (select from monitoring_flag f where f.episode_id = v.episode_id),
    v.attempts, 'Evaluation ' || left(v.episode_id::text, 8)
from monitoring_evaluation v where v.episode_id = any(%s::uuid[])
"""
DOCUMENTS_TRIED = (
    "select rendered_at is not null, attempts, code from documents_document where id = any(%s::uuid[])"
)
TRIED = {EVALUATIONS: EPISODES_TRIED, DOCUMENTS: DOCUMENTS_TRIED}
DONE = (
    "select (select count(*) from monitoring_evaluation where evaluated_version > 0)"
    " + (select count(*) from documents_document where rendered_at is not null)"
)
MOST_TRIES = 3
# How long everything may take after the last restart, and how many jobs are done between two shots.
DONE_SECONDS = 120
BETWEEN_SHOTS = (1, 8)


class ShotAt(Clinic):
    """The product with the jobs of a seed, and two workers of one child each that have names."""

    asking: "psycopg.Connection[Any] | None" = None

    def prepare(self, seed: int, planted: str = "") -> None:
        """Ask for the jobs, then start both workers."""
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.environment["TMPDIR"] = str(self.temporary)
        self.planted = planted
        self.dead: set[int] = set()
        self.tell(HOOK)
        self.jobs: dict[str, Any] = self.run("tests.drills.jobs", str(seed))
        self.workers = {name: self.employ(name) for name in ("one", "two")}

    def ask(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        """Over one connection: what is asked twenty times a second would else be most of the work."""
        if self.asking is None:
            self.asking = psycopg.connect(self.admin, autocommit=True)
        return self.asking.execute(question, values).fetchall()

    def end(self) -> None:
        if self.asking is not None:
            self.asking.close()
        super().end()

    def employ(self, name: str) -> "subprocess.Popen[bytes]":
        """Start the worker of this name, by which PostgreSQL knows it too."""
        more = {"WORKER_PROCESSES": "1", "PGAPPNAME": name, "HELD_AFTERWARDS": "1"}
        return self.start("worker", app=FAULTY, PLANTED=self.planted, **more)

    @contextmanager
    def held_at(self, point: str) -> Iterator[str]:
        """Inside, the worker of this name has a job in hand at the point; it goes on when this is left."""
        where = (LOCKS, POINTS[point])
        with psycopg.connect(self.admin) as holder:
            holder.execute("select pg_advisory_xact_lock(%s, %s)", where)
            held = until(lambda: self.ask(HELD, *where), f"a job is held {point}", seconds=60)
            yield held[0][0]

    def shoot(self, point: str, victim: str) -> None:
        """SIGKILL what `victim` says of whichever worker reaches the point first, and start it again."""
        with self.held_at(point) as name:
            worker = self.workers[name]
            dying = {worker.pid, *descendants_of(worker.pid)}
            if victim == "child":
                (child,) = dying = set(children_of(worker))
                os.kill(child, signal.SIGKILL)
            elif victim == "main":
                worker.kill()
                worker.wait()
            else:
                self.kill(worker)
        self.dead |= dying
        if victim != "child":
            self.workers[name] = self.employ(name)

    def done(self) -> int:
        return int(self.ask(DONE)[0][0])

    def rendered(self) -> tuple[Any, ...]:
        """How many of the healthy documents have a PDF, and how often one was stored."""
        return self.ask(RENDERED, self.jobs[DOCUMENTS], self.jobs[DOCUMENTS])[0]

    def poisoned(self) -> list[tuple[Any, ...]]:
        return [row for kind, tried in TRIED.items() for row in self.ask(tried, self.jobs[POISONED[kind]])]

    def is_over(self) -> bool:
        """Whether every healthy job is done and every poisoned one was tried as often as it may be."""
        return (
            self.is_judged(self.jobs[EVALUATIONS])
            and self.rendered()[0] == len(self.jobs[DOCUMENTS])
            and all(tries >= MOST_TRIES for _, tries, _ in self.poisoned())
        )

    def faults(self) -> list[str]:
        """What is lost or doubled, in words; empty where all is well."""
        found, documents = self.complaints(self.jobs[EVALUATIONS]), len(self.jobs[DOCUMENTS])
        if (rendered := self.rendered()) != (documents, documents):
            found.append(f"(PDFs, times they were stored) are {rendered} of {documents}")
        tried = [(effect, tries) for effect, tries, _ in self.poisoned()]
        if tried != [(False, MOST_TRIES)] * sum(len(self.jobs[kind]) for kind in POISONED.values()):
            found.append(f"poisoned jobs have (effect, tries) {tried}")
        return found + [f"rows without their parent: {key}" for key in orphans(self)[1]]

    def left_behind(self) -> list[str]:
        """The files that are left when the last workers were asked to end and all of their processes have."""
        for worker in self.workers.values():
            self.dead |= {worker.pid, *descendants_of(worker.pid)}
            worker.terminate()
        for worker in self.workers.values():
            worker.wait(timeout=60)
        until(lambda: not still_alive(self.dead), "every process of a worker has ended")
        return [f"left behind: {path.name}" for path in self.temporary.rglob("*") if path.is_file()]

    def silent(self) -> list[str]:
        """Where nobody is told of the jobs that were given up: the log, /health/behind, the clinic's page."""
        self.start("web", WEB_WORKERS="1")
        self.until_ready()
        given_up = self.poisoned()
        status, said = self.health("behind")
        found = [] if "evaluation_failed" in self.said("worker") else ["the log"]
        if (status, said["given_up"], "given up" in said["because"]) != (503, len(given_up), True):
            found.append(f"/health/behind: {status} {said}")
        ada = Visitor(self.address)
        ada.fill("/account/login/", named="login", login=self.jobs["clinician"], password=PASSWORD)
        page = ada.read("/clinic/unfinished/")
        return found + [f"the page of unfinished work: {name}" for _, _, name in given_up if name not in page]


def play(name: str, seed: int, planted: str = "") -> tuple[list[str], Counter[str]]:
    """One round: the jobs of the seed, a shot at each point, and all of it brought to its end.

    Returns what was wrong, and the figures.
    """
    chosen = random.Random(seed)
    shots = [(point, chosen.choice(VICTIMS)) for point in chosen.sample(list(POINTS), len(POINTS))]
    with a_product(name, ShotAt) as product:
        product.prepare(seed, planted)
        for point, victim in shots:
            enough = product.done() + chosen.randint(*BETWEEN_SHOTS)
            until(lambda enough=enough: product.done() >= enough, "work goes on")
            product.shoot(point, victim)
        restarted = time.monotonic()
        product.start_beat()
        until(product.is_over, "all jobs are done", seconds=DONE_SECONDS)
        taken = time.monotonic() - restarted
        product.until_idle()
        wrong = product.faults() + product.silent() + product.left_behind()
        given_up = len(product.poisoned())
    figures = Counter(jobs=JOBS, given_up=given_up, slowest=round(taken))
    figures.update(f"{victim} {point}" for point, victim in shots)
    return wrong, figures
