"""The whole product as `make run` starts it, on a folder and a port of a test's own."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from recovery_clinic import serve
from tests.operations.conftest import wait_for


class Served:
    """One `python -m recovery_clinic.serve` on a folder, its port, and what it has said so far."""

    def __init__(self, folder: Path, port: int) -> None:
        """Begin; `until_told` waits for the end of the start-up."""
        self.folder, self.port, self.log = folder, port, folder.with_suffix(".log")
        told = {"SECRET_KEY", "LOG_LEVEL", "DATABASE_URL", "REDIS_URL", "TEST_ADMIN_DSN"}
        environment = {name: value for name, value in os.environ.items() if name not in told}
        command = [sys.executable, "-m", "recovery_clinic.serve", "--data", str(folder), "--port", str(port)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=serve.ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def until_told(self) -> None:
        wait_for(
            lambda: "Ctrl-C stops it" in self.said or self.process.poll() is not None,
            f"{self.port} is announced",
            seconds=90,
        )
        assert self.process.poll() is None, self.said

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def health(self, question: str) -> dict[str, object]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/{question}", timeout=10) as answer:
            found: dict[str, object] = json.load(answer)
            return found
