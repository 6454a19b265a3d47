"""D11, paper trap: what is printed fetches nothing, and what has no end is ended, the worker unharmed."""

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from weasyprint import CSS
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from documents import printing, rendering, tasks
from documents.models import MOST_ATTEMPTS
from tests import builders
from tests.documents.conftest import DocumentKind, actions, uuid
from tests.drills.figures import told
from tests.drills.paper import (
    BOMBS,
    ENDLESS,
    FETCHED,
    MARKER,
    NOT_ASKED_FOR,
    VECTORS,
    Listener,
    Opened,
    inflated,
    page,
)

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 1


@pytest.fixture(scope="module")
def listener():
    found = Listener()
    yield found
    found.stop()


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "secret.txt"
    file.write_text(MARKER)
    return file


@pytest.fixture
def opened(secret):
    found = Opened(secret)
    yield found
    found.stop()


@pytest.fixture
def hasty():
    """A printing process that gives each document one second."""
    found = printing.Printer(seconds=SECONDS)
    yield found
    found.stop()


def outcome(html, printer=printing.printer):
    """The name of how the rendering ended, and its PDF where there is one."""
    try:
        return "Rendered", printer.render(html).pdf
    except (printing.Unrenderable, printing.Interrupted) as problem:
        return type(problem).__name__, b""


def test_no_vector_reaches_anything(listener, secret, opened):
    """Through the process that prints for the product: no connection, no file opened, and no PDF."""
    found = {name: outcome(vector(listener.url, secret.as_uri())) for name, vector in VECTORS.items()}
    assert {name for name, (how, _) in found.items() if how == "Rendered"} == NOT_ASKED_FOR
    assert not any(MARKER.encode() in inflated(pdf) for _, pdf in found.values())
    assert {name for name, (how, _) in found.items() if how == "FetchRefused"} >= FETCHED
    assert (listener.connections, opened.count()) == (0, 0)
    refused = sum(how == "FetchRefused" for how, _ in found.values())
    told("D11", "vectors", vectors=len(found), fetches_refused=refused, connections=0, secret_opened=0)


def test_python_makes_no_socket_and_opens_no_file_for_them(listener, secret, opened):
    command = [sys.executable, "-m", "tests.drills.watched", listener.url, secret.as_uri()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    assert (seen["outside"], seen["opened"], seen["refused"]) == ([], [], len(VECTORS) - len(NOT_ASKED_FOR))
    assert (listener.connections, opened.count()) == (0, 0)
    told("D11", "audit-hook", vectors=seen["refused"], sockets=0, files_outside_assets=0)


def test_a_stylesheet_of_our_own_may_not_import_either(listener):
    with pytest.raises(FatalURLFetchingError):
        CSS(
            string=f'@import "{listener.url}/a.css";',
            url_fetcher=rendering.PackagedOnly(),
            font_config=FontConfiguration(),
        )
    assert listener.connections == 0


def test_what_was_refused_fails_where_everybody_sees_it(ada, listener, secret, monkeypatch):
    """The job ends with its reason, is not tried again, and the next document is made."""
    patient = builders.a_patient(ada)
    bad, good = (
        actions.request_document(patient, DocumentKind.LAB_PREPARATION, by=ada, entry_key=uuid.uuid4())
        for _ in range(2)
    )
    trap = VECTORS["attachment of a file"](listener.url, secret.as_uri())
    with monkeypatch.context() as patched:
        patched.setattr(tasks, "render_to_string", lambda *_: trap)
        tasks.render(str(bad.clinic_id), str(bad.id))
    tasks.render(str(good.clinic_id), str(good.id))
    for document in (bad, good):
        document.refresh_from_db()
    assert (bad.pdf, bad.attempts, "not packaged" in bad.error) == (None, MOST_ATTEMPTS, True)
    assert (good.pages, MARKER.encode() in inflated(bytes(good.pdf))) == (1, False)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_within_the_limits(name):
    """Refused by its size, or printed: in no case is the process lost."""
    how, _ = outcome(BOMBS[name])
    assert how in {"Rendered", "TooLarge"}
    assert outcome(page("<p>x</p>"))[0] == "Rendered"


def ends_in_time(printer):
    """The drill's own check: a document without end is ended, and the process prints the next one."""
    ended = threading.Event()

    printer.render(page("<p>x</p>"))

    def ask():
        outcome(ENDLESS, printer)
        ended.set()

    threading.Thread(target=ask, daemon=True).start()
    return ended.wait(timeout=2 * SECONDS + printing.GRACE)


def test_a_document_without_end_is_ended(hasty):
    how, _ = outcome(ENDLESS, hasty)
    process = hasty._process
    assert how == "Interrupted"
    assert outcome(page("<p>x</p>"), hasty)[0] == "Rendered"
    assert hasty._process is not process or process.poll() is None
    told("D11", "without-end", seconds_allowed=SECONDS, ended=1, printed_after=1)


def test_a_document_beyond_its_memory_has_no_pdf_and_harms_nobody():
    small = printing.Printer(memory=1 << 20)
    try:
        assert outcome(page("<p>x</p>"), small)[0] in {"TooLarge", "Interrupted"}
    finally:
        small.stop()
    assert outcome(page("<p>x</p>"))[0] == "Rendered"


def test_the_limits_are_those_that_were_promised():
    assert printing.SECONDS <= 60
    assert printing.MEMORY == 1024**3
    assert (
        tasks.render.soft_time_limit > printing.STARTING + printing.SECONDS + printing.GRACE + printing.ENDING
    )


def test_the_printing_process_knows_no_secret():
    printing.render(page("<p>x</p>"))
    environment = Path(f"/proc/{printing.printer._process.pid}/environ").read_bytes()
    assert {line.split(b"=")[0].decode() for line in environment.split(b"\0") if line} <= set(printing.KEPT)


def test_a_printing_process_that_died_is_replaced():
    printing.render(page("<p>x</p>"))
    printing.printer._process.kill()
    printing.printer._process.wait()
    assert printing.render(page("<p>x</p>")).pages == 1


@pytest.mark.planted
def test_a_fetcher_that_reads_files_is_seen(listener, secret, opened, monkeypatch):
    """Rendered in this process, with the fetcher that WeasyPrint would use by itself."""

    class Careless(URLFetcher):
        refused = 0

    monkeypatch.setattr(rendering, "PackagedOnly", Careless)
    made = rendering.render(VECTORS["attachment of a file"](listener.url, secret.as_uri()))
    assert MARKER.encode() in inflated(made.pdf)
    assert opened.count() > 0


@pytest.mark.planted
def test_a_rendering_without_limits_is_seen(hasty):
    unlimited = printing.Printer(seconds=60)
    try:
        assert ends_in_time(hasty)
        assert not ends_in_time(unlimited)
    finally:
        unlimited._process.kill()
        unlimited._process.wait()


@pytest.mark.planted
def test_the_listener_does_hear_who_knocks(listener):
    before = listener.connections
    socket.create_connection(listener.socket.getsockname()).close()
    for _ in range(100):
        if listener.connections > before:
            break
        threading.Event().wait(0.02)
    assert listener.connections == before + 1
    listener.connections = before
