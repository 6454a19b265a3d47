"""The vendored front end is byte for byte what the manifest and THIRD_PARTY.md say."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
ENTRIES = json.loads((STATIC / "vendor" / "manifest.json").read_text())["files"]
NOTICE = (ROOT / "THIRD_PARTY.md").read_text()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_a_vendored_file_has_the_checksum_of_the_manifest(entry):
    content = (STATIC / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


def test_a_changed_byte_is_noticed(tmp_path):
    entry = next(entry for entry in ENTRIES if entry["package"] == "htmx.org")
    tampered = tmp_path / "htmx.min.js"
    tampered.write_bytes((STATIC / entry["file"]).read_bytes() + b" ")
    assert hashlib.sha256(tampered.read_bytes()).hexdigest() != entry["sha256"]


def test_every_file_of_others_is_in_the_manifest():
    on_disk = {
        path.relative_to(STATIC).as_posix() for path in (STATIC / "vendor").rglob("*") if path.is_file()
    }
    listed = {entry["file"] for entry in ENTRIES}
    assert on_disk - {"vendor/manifest.json"} == listed - {"img/icons.svg"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_every_package_is_acknowledged_with_version_and_licence(entry):
    rows = [line for line in NOTICE.splitlines() if line.startswith(f"| {entry['package']} |")]
    assert len(rows) == 1
    assert f"| {entry['version']} | {entry['licence']} |" in rows[0]


def test_the_loinc_notice_is_there():
    plain = " ".join(NOTICE.split())
    assert "This material contains content from LOINC (http://loinc.org)." in plain
    assert "available at no cost under the license at http://loinc.org/license" in plain


@pytest.mark.parametrize("suffix", ["css", "js"])
def test_no_vendored_file_asks_for_a_source_map_we_do_not_ship(suffix):
    files = list((STATIC / "vendor").rglob(f"*.{suffix}"))
    assert files
    assert [path.name for path in files if b"sourceMappingURL" in path.read_bytes()] == []
