"""The documents say what is true: what they name exists, and nothing of one machine slipped in."""

import importlib
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PATHS = re.compile(r"`((?:[a-z_]+/)+[a-z_0-9.]*)`")
LINKS = re.compile(r"\]\(((?!http)[^)#]+)\)")


def tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines()]


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_exists(document):
    text = document.read_text()
    named = {
        *PATHS.findall(text),
        *((document.parent / link).relative_to(ROOT).as_posix() for link in LINKS.findall(text)),
    }
    assert [
        name for name in sorted(named) if not (ROOT / name).exists() and not name.startswith(".data")
    ] == []


def test_every_make_target_that_the_readme_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"make ([a-z]+)", (ROOT / "README.md").read_text()))
    assert named <= targets


def test_decisions_are_numbered_without_a_gap():
    numbers = [
        int(n) for n in re.findall(r"^## (\d+)\.", (ROOT / "docs/decisions.md").read_text(), re.MULTILINE)
    ]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_name_in_the_glossary_is_in_the_code():
    rows = re.findall(r"\| `((?:clinical|[a-z]+)\.[\w.]+)` \|", (ROOT / "docs/glossary.md").read_text())
    assert len(rows) > 20
    for name in rows:
        module, _, last = name.rpartition(".")
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            assert hasattr(importlib.import_module(module), last), name


def test_every_setting_is_explained_to_the_operator():
    settings = (ROOT / "recovery_clinic/settings.py").read_text()
    names = set(re.findall(r"env\.(?:str|bool|int|list|needed)\(\s*\"([A-Z_]+)\"", settings))
    explained = (ROOT / "docs/operating.md").read_text()
    assert len(names) > 10
    assert [name for name in sorted(names) if f"`{name}`" not in explained] == []


def test_no_path_of_one_machine_is_committed():
    found = []
    for path in tracked():
        if "vendor" in path.parts or path.suffix in {".woff2", ".png", ".pdf", ".ttf"} or not path.is_file():
            continue
        text = path.read_text(errors="replace")
        if re.search(r"(?<![\w.])/(work|farm|home/[a-z]+)/", text):
            found.append(path.name)
    assert found == []


def test_locks_hold_hashes_and_no_address():
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://", text)
