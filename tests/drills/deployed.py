"""The settings file as a clinic's deployment reads it, in a process without DEVELOPMENT."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ARMOUR = ("SECURE_", "SESSION_COOKIE_", "CSRF_COOKIE_", "X_FRAME", "HTTPS")
# The test client speaks to this name.
HOST = "testserver"
SCRIPT = f"""
import json
from recovery_clinic import settings
names = [name for name in dir(settings) if name.startswith({ARMOUR})]
print(json.dumps({{name: getattr(settings, name) for name in names}}))
"""


@cache
def deployment_settings() -> dict[str, Any]:
    """Every setting of the armour with the value that it has where DEVELOPMENT is false."""
    environment = {**os.environ, "DEVELOPMENT": "0", "ALLOWED_HOSTS": HOST}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    read: dict[str, Any] = json.loads(done.stdout)
    return {**read, "ALLOWED_HOSTS": [HOST]}
