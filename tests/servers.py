"""pytest plugin: PostgreSQL and Valkey for the whole run, started before Django reads its settings."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start the servers once; xdist's workers inherit their addresses from the controller."""
    os.environ.setdefault("DEVELOPMENT", "1")
    os.environ.setdefault("SECRET_KEY", "only-for-tests")
    os.environ.setdefault("EMAIL_URL", "memorymail://")
    os.environ.setdefault("LOG_LEVEL", "CRITICAL")
    # Playwright keeps an event loop in the thread of its tests; Django takes that for asynchronous code.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    # WhiteNoise warns of a folder that nothing was collected into yet.
    (ROOT / ".data" / "static").mkdir(parents=True, exist_ok=True)
    if "TEST_ADMIN_DSN" in os.environ:
        return
    from recovery_clinic import servers
    from recovery_clinic.roles import OWNER

    folder = tempfile.TemporaryDirectory(prefix="rc-tests-")
    running = servers.start(Path(folder.name))
    os.environ.update(running.environment(), TEST_ADMIN_DSN=running.admin_dsn)
    early_config.add_cleanup(folder.cleanup)
    early_config.add_cleanup(running.stop)
    # Every worker copies this one migrated database, which takes a tenth of a second.
    servers.provision(running.admin_dsn, "test_template")
    environment = {**os.environ, "DATABASE_URL": running.url(OWNER, "test_template")}
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0"]
    subprocess.run(command, env=environment, check=True)
