"""The bench runs and says of every operation what it costs beside its floor; no time is asserted."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.measuring import Line, Timing
from bench.report import BEGIN, END, table, write
from recovery_clinic import servers
from recovery_clinic.roles import APP, OWNER, role_url

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = [
    "Record a panel of 6 results (action)",
    "Record a panel of 6 results (page)",
    "Open the flowsheet of 50 results (page)",
    "Open the flowsheet of 50 results (presenter)",
    "Search a name among 200 patients (page)",
    "Search a name among 200 patients (query)",
    "Open the worklist with 8 open flags, 200 patients (page)",
    "Evaluate an episode of 20 panels (rules)",
    "Evaluate an episode of 20 panels (task)",
    "Re-evaluate, each of 10 episodes in a clinic of 10 (sweep)",
    "Re-evaluate, each of 10 episodes in a clinic of 200 (sweep)",
    "Render a handout (rendering)",
    "Render a handout (task)",
]


@pytest.fixture
def environment(worker_id: str) -> Iterator[dict[str, str]]:
    """A database of the bench's own, for what it writes is committed."""
    admin_dsn, name = os.environ["TEST_ADMIN_DSN"], f"bench_{worker_id}"
    servers.drop(admin_dsn, name)
    servers.clone(admin_dsn, "test_template", name)
    yield {
        **os.environ,
        "DATABASE_URL": role_url(admin_dsn, APP, name),
        "DATABASE_OWNER_URL": role_url(admin_dsn, OWNER, name),
    }
    servers.drop(admin_dsn, name)


def test_a_quick_bench_reports_every_operation_with_its_floor(environment):
    command = [sys.executable, "-m", "bench", "--quick"]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    rows = [line.strip("| ").split(" | ") for line in said.stdout.splitlines() if line.startswith("| ")]
    told = {row[0]: row for row in rows[2:]}
    assert set(OPERATIONS) <= set(told)
    for _, ours, floor, alone, ratio, sql in told.values():
        assert re.fullmatch(r"[\d.]+ ms \([\d.]+ ms\)", ours)
        assert floor
        assert re.fullmatch(r"[\d.]+ ms", alone)
        assert re.fullmatch(r"[\d.]+x", ratio)
        assert sql.isdigit()
    assert "the trigram index `patients_by_words`" in said.stdout


def test_the_ratio_is_that_of_the_medians():
    line = Line("Deed", Timing([9.0, 6.0, 900.0]), "alone", Timing([3.0, 1.0, 5.0]), 4)
    assert line.ratio == 3
    assert table([line]).splitlines()[-1] == "| Deed | 9 ms (811 ms) | alone | 3 ms | 3x | 4 |"


def test_writing_replaces_what_stands_between_the_markers_and_nothing_else(tmp_path):
    file = tmp_path / "docs" / "evidence.md"
    write(file, "first")
    file.write_text(file.read_text() + "\n## Other evidence\n")
    write(file, "second")
    assert file.read_text() == f"# Evidence\n\n## Bench\n\n{BEGIN}\nsecond\n{END}\n\n## Other evidence\n"
