"""Schemathesis against a running product, and what it counted."""

import json
import subprocess
import sys
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "negative_data_rejection,unsupported_method,ignored_auth,use_after_free,ensure_resource_availability"
)
# 412 is said before the results are read, and 414 by the web server before any of us.
CONFIG = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 412, 413, 414, 415, 422, 428, 429]
"""
PROGRAM = Path(sys.executable).parent / "schemathesis"


@dataclass
class Fuzzed:
    """What one run asked, by operation and by status, and what it complained of."""

    complaints: str = ""
    cases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)


def described(address: str, token: str) -> dict[str, Any]:
    """The product's description of itself."""
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{address}/api/v1/schema", headers=headers)  # noqa: S310 -- our own http
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 -- our own http
        found: dict[str, Any] = json.load(answer)
        return found


def aimed(description: dict[str, Any], seed: dict[str, Any]) -> dict[str, Any]:
    """The description narrowed to records that exist, so that most requests get as far as the record.

    Among random ids and words nearly all would end at the first look-up.
    """
    found: dict[str, Any] = json.loads(json.dumps(description))
    known = {"patient_id": seed["patient_id"], "panel_id": seed["panel_id"]}
    for methods in found["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] in known:
                    parameter["schema"] = {"type": "string", "enum": [known[parameter["name"]]]}
    schemas = found["components"]["schemas"]
    for name in ("PanelEnteredRequest", "AmendmentRequest"):
        fields = schemas[name]["properties"]
        fields["laboratory"] = {"type": "string", "enum": [seed["laboratory"]]}
        fields["collected_zone"] = {"type": "string", "enum": ["Europe/London", "Australia/Lord_Howe"]}
        days = [f"2026-03-{day:02}T08:05:00Z" for day in range(1, 28)]
        fields["collected_at"] = {"type": "string", "enum": days}
        fields["results"]["minItems"] = 1
    row = schemas["ResultEnteredRequest"]["properties"]
    row["analyte"]["enum"] = ["LH", "FSH"]
    row["unit"] = {"type": "string", "enum": ["IU/L", "[IU]/L"]}
    row["value"] = {"type": "string", "pattern": r"^(<|>=)?[1-9](\.[0-9])?$"}
    return found


def fuzz(
    address: str,
    description: dict[str, Any],
    folder: Path,
    *,
    token: str = "",
    examples: int,
    phases: str = "fuzzing",
    seed: int = 13,
) -> Fuzzed:
    """Let schemathesis ask; `token` is whose requests they are, nobody's where it is empty."""
    folder.mkdir(parents=True)
    schema = folder / "schema.json"
    schema.write_text(json.dumps(description))
    (folder / "schemathesis.toml").write_text(CONFIG)
    credentials = ["--header", f"Authorization: Bearer {token}"] if token else []
    command = [
        *(str(PROGRAM), "--config-file", str(folder / "schemathesis.toml")),
        *("run", str(schema), "--url", address, "--checks", CHECKS, "--phases", phases),
        *("--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure"),
        *("--generation-database", "none", "--warnings", "off", "--no-color"),
        *("--report", "ndjson", "--report-dir", str(folder), *credentials),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    [report] = folder.glob("*.ndjson")
    found = _counted(report)
    if done.returncode != 0:
        found.complaints = done.stdout + done.stderr
    return found


def _counted(report: Path) -> Fuzzed:
    found = Fuzzed()
    for line in report.read_text().splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder") or {}
        found.cases.update(
            f"{case['value']['method']} {case['value']['path']}"
            for case in recorder.get("cases", {}).values()
        )
        found.statuses.update(
            each["response"]["status_code"]
            for each in (recorder.get("interactions") or {}).values()
            if each.get("response")
        )
    return found
