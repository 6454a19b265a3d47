"""Each worker's own database, entered as the product's unprivileged role, and four people."""

import copy
import os
import shutil
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

# A deadline would be a clock in a test: on a busy machine any example may be slow.
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without these Chromium looks up its maker's hosts at every start.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, worker_id: str) -> Iterator[None]:
    """A copy of the migrated database, entered as recovery_app: row-level security binds the tests too."""
    from django.db import connection

    from recovery_clinic import servers

    name, admin_dsn = f"test_{worker_id}", os.environ["TEST_ADMIN_DSN"]
    servers.drop(admin_dsn, name)
    servers.clone(admin_dsn, "test_template", name)
    connection.settings_dict["NAME"] = name
    with django_db_blocker.unblock():
        yield
        connection.close()
    servers.drop(admin_dsn, name)


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """xdist's name of this worker, or "main"."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def everything(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """The clinic, ada and one of everything that she made, made once for a module whose tests all use it.

    Such a module says `pytestmark = pytest.mark.usefixtures("everything")`. Each of its tests has copies, and
    what it does to the database is taken back, as everywhere; none of them may end a transaction.
    """
    from django.db import connection, transaction

    from tests import builders
    from tests.house.everything import everything_of

    around = transaction.atomic()
    with django_db_blocker.unblock():
        around.__enter__()
        clinic = builders.a_clinic("Harbour Clinic", time_zone="Europe/London")
        ada = builders.acting(builders.a_person("ada", clinic=clinic, role="clinician"))
        made = everything_of(ada)
        builders.acting(ada)
        # Seals the rows of the audit now, once, as a commit would.
        connection.check_constraints()
    yield {"clinic": clinic, "ada": ada, "made": made}
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


def _of_the_module(request: pytest.FixtureRequest, what: str) -> Any:
    """A copy of what was made once for this module; None where each test makes its own."""
    if "everything" not in request.fixturenames:
        return None
    return copy.deepcopy(request.getfixturevalue("everything")[what])


@pytest.fixture
def clinic(request: pytest.FixtureRequest, db: None) -> Any:
    """Harbour Clinic, where ada, ben and cal are."""
    from tests import builders

    return _of_the_module(request, "clinic") or builders.a_clinic("Harbour Clinic", time_zone="Europe/London")


@pytest.fixture
def ada(request: pytest.FixtureRequest, clinic: Any) -> Any:
    """A clinician of Harbour Clinic, for whom the test's transaction acts."""
    from tests import builders

    person = _of_the_module(request, "ada") or builders.a_person("ada", clinic=clinic, role="clinician")
    return builders.acting(person)


@pytest.fixture
def made(request: pytest.FixtureRequest, ada: Any) -> Any:
    """One of everything that a clinic can have, made by ada: see tests/house/everything.py."""
    from tests.house.everything import everything_of

    return _of_the_module(request, "made") or everything_of(ada)


@pytest.fixture
def ben(ada: Any, clinic: Any) -> Any:
    """Staff of the same clinic."""
    from tests import builders

    return builders.a_person("ben", clinic=clinic, role="staff")


@pytest.fixture
def cal(ada: Any, clinic: Any) -> Any:
    """A patient of the same clinic, with portal access: `cal.patient` is his record."""
    from tests import builders

    return builders.a_portal_patient("cal", clinic=clinic, by=ada)


@pytest.fixture
def mallory(db: None) -> Any:
    """A clinician of another clinic."""
    from tests import builders

    elsewhere = builders.a_clinic("Elsewhere Clinic", time_zone="UTC")
    return builders.a_person("mallory", clinic=elsewhere, role="clinician")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, once for each worker: a second Playwright in one thread is refused."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield launched
        launched.close()
