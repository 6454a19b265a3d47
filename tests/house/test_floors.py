"""The floors hold, and a step upwards is seen to fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]


def test_the_floors_hold():
    said = subprocess.run(LINT, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("labs/models.py", "from monitoring.models import Flag"),
        ("clinical/readings.py", "import django"),
        ("workspace/presenters/chart.py", "from documents.models import Document"),
        ("labs/actions/panels.py", "from labs import views"),
        ("portal/views.py", "import weasyprint"),
    ],
)
def test_a_step_upwards_is_seen(tmp_path, module, line):
    ignore = shutil.ignore_patterns(".venv", ".git", ".data", "static", "node_modules", "__pycache__")
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=ignore)
    planted = copy / module
    planted.write_text(f"{planted.read_text()}\n{line}\n")
    said = subprocess.run(LINT, cwd=copy, capture_output=True, text=True, check=False)
    assert said.returncode != 0
    assert "BROKEN" in said.stdout
