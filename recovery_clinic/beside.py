"""Runs one command beside the servers, with all that the product reads in its environment.

`python -m recovery_clinic.beside [--data FOLDER] [--migrate] COMMAND...`: beside those of the folder,
running already or not; without a folder, beside fresh ones that are thrown away.
"""

import argparse
import contextlib
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from recovery_clinic import servers
from recovery_clinic.serve import manage, owned_by_migrations, product_environment


def main() -> int:
    """Run the command and answer with its status."""
    parser = argparse.ArgumentParser(prog="recovery_clinic.beside", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the data")
    parser.add_argument("--migrate", action="store_true", help="bring the database up to date first")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory(prefix="rc-") as thrown_away:
            folder = (chosen.data or Path(thrown_away)).resolve()
            with environment_in(folder) as found:
                environment = product_environment(found, folder)
                if chosen.migrate:
                    manage(owned_by_migrations(environment), "migrate", "--verbosity", "0")
                return subprocess.run(chosen.command, env=environment, check=False).returncode
    except servers.ServersError as problem:
        print(problem, file=sys.stderr)
        return 1


@contextlib.contextmanager
def environment_in(folder: Path) -> Iterator[dict[str, str]]:
    """The servers' addresses: of those that run in `folder`, else of ours while the context lasts."""
    try:
        running = servers.start(folder)
    except servers.AlreadyRuns:
        yield json.loads(servers.environment_file(folder).read_text())
        return
    try:
        yield running.environment()
    finally:
        running.stop()


if __name__ == "__main__":
    sys.exit(main())
