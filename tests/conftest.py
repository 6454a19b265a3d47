"""The test run's own servers, its database as the product's unprivileged role, and four people."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL and Valkey once for the whole run, before Django reads its settings.

    xdist's workers inherit the addresses from the controller; each makes its own database.
    """
    os.environ.setdefault("DEVELOPMENT", "1")
    os.environ.setdefault("SECRET_KEY", "only-for-tests")
    os.environ.setdefault("EMAIL_URL", "memorymail://")
    os.environ.setdefault("LOG_LEVEL", "CRITICAL")
    if "TEST_ADMIN_DSN" in os.environ:
        return
    from recovery_clinic import servers

    folder = tempfile.TemporaryDirectory(prefix="rc-tests-", dir="/tmp")  # noqa: S108
    running = servers.start(Path(folder.name))
    os.environ.update(running.environment(), TEST_ADMIN_DSN=running.admin_dsn)
    config.add_cleanup(folder.cleanup)
    config.add_cleanup(running.stop)
    _migrated_template(running.admin_dsn)


def _migrated_template(admin_dsn: str) -> None:
    """Migrate one database as the owner; every worker copies it, which takes a tenth of a second."""
    from recovery_clinic import servers
    from recovery_clinic.roles import OWNER, role_url

    servers.provision(admin_dsn, "test_template")
    environment = {**os.environ, "DATABASE_URL": role_url(admin_dsn, OWNER, "test_template")}
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0"], env=environment, check=True
    )


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


@pytest.fixture
def clinic(db: None) -> Any:
    """Harbour Clinic, where ada, ben and cal are."""
    from tests import builders

    return builders.a_clinic("Harbour Clinic", time_zone="Europe/London")


@pytest.fixture
def ada(clinic: Any) -> Any:
    """A clinician of Harbour Clinic, for whom the test's transaction acts."""
    from tests import builders

    return builders.acting(builders.a_person("ada", clinic=clinic, role="clinician"))


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
