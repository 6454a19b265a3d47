"""`python -m bench [--patients N] [--quick] [--write]`, beside servers: seed, measure, print the table."""

import argparse
import os
import sys
import time
from pathlib import Path

import django

EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence.md"


def main() -> int:
    """Print the table; with --write also put it into docs/evidence.md."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--patients", type=int, default=20_000, help="patients of the large clinic")
    parser.add_argument(
        "--quick", action="store_true", help="few patients and repetitions, to see that it runs"
    )
    parser.add_argument("--write", action="store_true", help=f"write the section in {EVIDENCE.name}")
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recovery_clinic.settings")
    django.setup()

    # Models can only be imported when Django is ready.
    from bench import report, run

    began = time.monotonic()
    section = run.run(run.QUICK if chosen.quick else run.Sizes(patients=chosen.patients))
    print(section)
    if chosen.write:
        report.write(EVIDENCE, section)
    print(f"Took {time.monotonic() - began:.0f} s.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
