"""The deployment's files fit each other, and its backup can be restored."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from recovery_clinic import postgres, roles, servers

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def images(compose: dict[str, Any]) -> dict[str, str]:
    """Each image that is fetched, by service, without the variable that may replace it by a digest."""
    named = {
        name: service["image"] for name, service in compose["services"].items() if "build" not in service
    }
    return {name: re.sub(r"^\$\{[A-Z]+_IMAGE:-(.+)\}$", r"\1", image) for name, image in named.items()}


def test_every_part_of_a_clinic_is_there_and_watched(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {
        "proxy", "web", "worker", "beat", "migrate", "postgres", "valkey", "backup",
    }  # fmt: skip
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"migrate"}
    assert {name for name, service in services.items() if "ports" in service} == {"proxy"}
    assert compose["networks"]["data"]["internal"] is True
    assert services["worker"]["networks"] == ["data"]


def test_every_image_has_an_exact_version(compose: dict[str, Any]) -> None:
    python = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert python
    assert compose["x-app"]["build"]["args"]["PYTHON_IMAGE"] == f"${{PYTHON_IMAGE:-{python[1]}}}"
    for image in [*images(compose).values(), python[1]]:
        assert re.fullmatch(r"[a-z/]+:\d+\.\d+(\.\d+)?(-[a-z-]+)?", image), image


def test_the_clinic_gets_the_postgresql_that_the_tests_ran_on(compose: dict[str, Any]) -> None:
    [installed] = list(postgres.from_wheel())
    assert images(compose)["postgres"].startswith(f"postgres:{postgres.major(installed)}.")
    assert images(compose)["backup"] == images(compose)["postgres"]


def test_every_secret_is_a_file_that_the_script_makes(compose: dict[str, Any], tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "make-secrets.sh", tmp_path)
    for _ in range(2):
        subprocess.run(["sh", str(tmp_path / "make-secrets.sh")], check=True)
        made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    for name, secret in compose["secrets"].items():
        assert secret["file"] == f"./deploy/secrets/{name}"
        assert len(made[name]) >= 40, name
    assert made["app-password"] in made["app-database-url"]
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    used = {name for service in compose["services"].values() for name in service.get("secrets", [])}
    assert used | set(compose["x-app"]["secrets"]) == set(compose["secrets"])


def test_docker_accepts_the_file_where_there_is_docker() -> None:
    """Without Docker's Compose plugin, at least nothing is left to fill in but what the README names."""
    text = (ROOT / "docker-compose.yml").read_text()
    named = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    required = set(re.findall(r"(?<!\$)\$\{([A-Z_]+):\?", text))
    assert required == {"CLINIC_HOST", "CLINIC_TLS"}
    for name in named - {"RECOVERY_CLINIC_VERSION", "BACKUP_KEEP_DAYS"}:
        assert name in (DEPLOY / "README.md").read_text() or name.endswith("_IMAGE")
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True).returncode == 0:
        environment = {**os.environ, "CLINIC_HOST": "clinic.example", "CLINIC_TLS": "internal"}
        subprocess.run([docker, "compose", "config", "--quiet"], cwd=ROOT, env=environment, check=True)


@pytest.fixture
def as_admin(shared: servers.Running, tmp_path: Path) -> dict[str, str]:
    """What PostgreSQL's own programs and our scripts need to reach the shared server as its administrator."""
    assert shared.postgres is not None
    programs = shared.postgres.installation.programs
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": str(shared.postgres.sockets),
        "PGUSER": postgres.ADMIN,
        "PGPORT": str(postgres.PORT),
        "PGDATABASE": shared.database,
        "BACKUP_FOLDER": str(tmp_path),
    }


def backup(deed: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(DEPLOY / "backup" / "backup.sh"), deed], env=environment, capture_output=True, text=True
    )


def test_a_backup_holds_every_clinics_rows(shared: servers.Running, as_admin: dict[str, str]) -> None:
    with psycopg.connect(shared.url(roles.OWNER)) as owner:
        owner.execute("CREATE TABLE walled AS SELECT 'Zebedee' AS name")
        owner.execute("ALTER TABLE walled ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        assert owner.execute("SELECT name FROM walled").fetchall() == []
    assert backup("check", as_admin).returncode == 1
    done = backup("once", as_admin)
    assert done.returncode == 0, done.stderr
    assert backup("check", as_admin).returncode == 0
    dump = Path(done.stdout.strip())
    assert dump.stat().st_mode & 0o777 == 0o600

    roles.provision(shared.admin_dsn, "restored")
    subprocess.run(["pg_restore", "-d", "restored", str(dump)], env=as_admin, check=True)
    assert shared.postgres is not None
    with psycopg.connect(shared.postgres.dsn("restored")) as admin:
        assert admin.execute("SELECT name FROM walled").fetchall() == [("Zebedee",)]
    with psycopg.connect(shared.url(roles.APP, "restored")) as app:
        assert app.execute("SELECT name FROM walled").fetchall() == []


def test_a_backup_that_fails_says_so_and_keeps_the_old_ones(as_admin: dict[str, str], tmp_path: Path) -> None:
    kept = tmp_path / f"{as_admin['PGDATABASE']}-20260101T000000Z.dump"
    kept.touch()
    failed = backup("once", {**as_admin, "PGHOST": str(tmp_path)})
    assert failed.returncode != 0
    assert "connection" in failed.stderr
    assert kept.exists()
    assert backup("sometimes", as_admin).returncode == 2


def test_the_first_start_of_the_container_makes_the_same_roles(
    shared: servers.Running, as_admin: dict[str, str], tmp_path: Path
) -> None:
    for role in ("owner", "app", "auditor"):
        (tmp_path / f"{role}-password").write_text(f"pass'word of {role}")
    folders = {"SQL_FOLDER": str(DEPLOY / "postgres"), "SECRETS_FOLDER": str(tmp_path)}
    environment = {**as_admin, **folders, "POSTGRES_USER": postgres.ADMIN}
    for _ in range(2):
        subprocess.run(["bash", str(DEPLOY / "postgres" / "first-start.sh")], env=environment, check=True)
    with psycopg.connect(shared.admin_dsn) as admin:
        kept = admin.execute("SELECT rolpassword FROM pg_authid WHERE rolname = ANY(%s)", [list(roles.ROLES)])
        assert all(password.startswith("SCRAM-SHA-256$") for (password,) in kept)
