"""The documents say what is true: what they name exists, and nothing of one machine slipped in."""

import importlib
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Clinic, Membership, Role
from accounts.tenancy import in_clinic
from recovery_clinic.demo.people import ELSEWHERE, HARBOUR_PEOPLE, PASSWORD

ROOT = Path(__file__).resolve().parents[2]
DOCS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "THIRD_PARTY.md", "deploy/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
PATHS = re.compile(r"(?<![\w/.])((?:[a-z_]+/)+[a-z_0-9.\-]*\w/?)")
QUOTED = re.compile(r"`([^`\n]+)`")
LINKS = re.compile(r"\]\(((?!http)[^)#]+)\)")
# What is made when the product is used, and so is in no clone.
MADE_LATER = ("deploy/secrets", "deploy/backup/kept", "static/vendor/*")
BYTES = {".woff2", ".png", ".pdf", ".ttf", ".ico"}
# Written so that this file does not hold what it looks for.
REGISTRIES = re.compile(
    r"\b(pypi|pythonhosted|npmjs|yarnpkg|jsdelivr|unpkg|artifactory|devpi)\b[\w.-]*[./](org|com|net|io|simple)\b"
    r"|--(?:trusted|extra-index|index)-(?:host|url)\b",
    re.IGNORECASE,
)
MACHINES = re.compile(r"(?<![\w.}])/(work|root|Users/\w+|home/\w+)/")
NUMBERED = re.compile(r"\bissue #?\d+", re.IGNORECASE)
CAPITALS = re.compile(r"\b[A-Z_]{4,}\.md\b")


def text_of(name):
    return (ROOT / name).read_text()


def tracked():
    """Each text file of ours that git knows, with its text."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix not in BYTES and "vendor" not in path.parts:
            yield name, path.read_text(errors="replace")


def holding(pattern):
    """The files in which a pattern is found, with what was found."""
    found = {name: pattern.search(text) for name, text in tracked()}
    return {name: hit.group() for name, hit in found.items() if hit}


def paths_in(text):
    """Every path that is written as code; a word with a space in it is a command, and may name several."""
    return {path for quoted in QUOTED.findall(text) for path in PATHS.findall(quoted)}


def test_the_documents_are_all_read():
    assert {"architecture.md", "decisions.md", "glossary.md", "one-result.md", "operating.md"} <= {
        document.name for document in DOCS
    }


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_path_that_a_document_names_exists(document):
    named = {path for path in paths_in(document.read_text()) if not path.startswith(MADE_LATER)}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document):
    links = LINKS.findall(document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_a_path_that_is_not_there_is_seen():
    assert paths_in("in `labs/actions/panels.py`, or `python -m pytest tests/labs`") == {
        "labs/actions/panels.py",
        "tests/labs",
    }
    assert paths_in("ng/dL, and/or `GET /health/live`") == set()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/operating.md"])
def test_every_make_target_that_is_named_exists(name):
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", text_of(name)))
    named |= set(re.findall(r"^make ([a-z]+)", text_of(name), re.MULTILINE))
    assert named
    assert named <= targets


def test_the_readme_begins_with_both_commands_and_their_logins():
    first_screen = "\n".join(text_of("README.md").splitlines()[:32])
    logins = {person.email for person in (*HARBOUR_PEOPLE, ELSEWHERE)}
    assert {
        word for word in ("make run", "make test", PASSWORD, *logins) if word not in first_screen
    } == set()


def test_decisions_are_numbered_without_a_gap():
    numbers = [int(n) for n in re.findall(r"^## (\d+)\. ", text_of("docs/decisions.md"), re.MULTILINE)]
    assert len(numbers) > 40
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_decision_says_why():
    text = text_of("docs/decisions.md")
    bodies = re.findall(r"^## (\d+)\. .*\n((?:(?!#).+\n)+)", text, re.MULTILINE)
    assert len(bodies) == len(re.findall(r"^## ", text, re.MULTILINE))
    assert [number for number, body in bodies if len(body.split()) < 12] == []


def test_every_rule_that_a_decision_names_is_in_the_rulebook():
    text = text_of("docs/decisions.md")
    known = set(re.findall(r"\b(?:id|key): ([RM]\d+[a-z]?)", text_of("clinical/rules/rules.yaml")))
    named = set(re.findall(r"\b[RM]\d+[a-z]?\b", text))
    assert len(named) > 20
    assert named - known == set()


def glossary():
    return re.findall(
        r"^\| ([\w ]+) \| .+ \| `([\w.]+)` \| (.*) \|$", text_of("docs/glossary.md"), re.MULTILINE
    )


@pytest.mark.parametrize(("word", "name", "avoid"), glossary())
def test_every_name_in_the_glossary_is_in_the_code(word, name, avoid):
    assert avoid.strip(), f"{word} does not say what to avoid"
    module, _, last = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        assert hasattr(importlib.import_module(module), last)


def test_no_word_of_the_glossary_stands_twice():
    words = [word for word, _, _ in glossary()]
    assert len(words) > 45
    assert sorted(words) == sorted(set(words))


def test_every_setting_is_explained_to_the_operator():
    asked = re.findall(
        r"env\.(?:str|bool|int|list|needed)\(\s*\"([A-Z_]+)\"", text_of("recovery_clinic/settings.py")
    )
    asked += re.findall(r"\$\{([A-Z_]+)", text_of("Procfile"))
    explained = text_of("docs/operating.md")
    assert len(set(asked)) > 18
    assert [name for name in sorted(set(asked)) if f"`{name}`" not in explained] == []


def test_no_setting_is_explained_that_nothing_reads():
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", text_of("docs/operating.md"), re.MULTILINE)
    explained = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    read = text_of("recovery_clinic/settings.py") + text_of("Procfile")
    assert len(explained) > 18
    assert {name for name in explained if name not in read} == set()


def test_the_first_clinic_is_founded_as_the_operator_is_told(db):
    (typed,) = re.findall(r"```\npython manage.py (.*?)```", text_of("docs/operating.md"), re.DOTALL)
    call_command(*shlex.split(typed.replace("\\\n", " ")))
    founded = Clinic.objects.get()
    with in_clinic(founded.id):
        admitted = Membership.objects.current().select_related("person").get(clinic=founded)
        assert admitted.role == Role.ADMIN
        assert not admitted.person.has_usable_password()


def test_no_path_of_one_machine_is_committed():
    assert holding(MACHINES) == {}
    if len(ROOT.parts) > 2:
        assert holding(re.compile(rf"{re.escape(str(ROOT))}(?!\w)")) == {}


def test_no_registry_is_named():
    assert holding(REGISTRIES) == {}


def test_nothing_points_to_a_tracker_or_a_page_that_its_readers_cannot_see():
    assert holding(NUMBERED) == {}
    ours = {Path(name).name for name, _ in tracked()}
    named = {page for _, text in tracked() for page in CAPITALS.findall(text)}
    assert "CONTRIBUTING.md" in named
    assert named - ours == set()


@pytest.mark.parametrize(
    ("pattern", "planted"),
    [
        (MACHINES, "see /home" + "/ada/notes"),
        (MACHINES, "DATA = '/Users" + "/ada/data'"),
        (REGISTRIES, "https://registry.npmjs" + ".org/htmx"),
        (REGISTRIES, "pip install --index" + "-url https://mirror.example/simple"),
        (NUMBERED, "as asked in Issue" + " 12"),
    ],
)
def test_what_must_not_be_committed_is_seen(pattern, planted):
    assert pattern.search(planted)


def test_locks_hold_hashes_and_no_address():
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert len(locks) == 2
    for lock in locks:
        assert "--hash=sha256:" in lock.read_text()
        assert not re.search(r"https?://", lock.read_text())


def test_the_licence_is_the_whole_text():
    text = text_of("LICENSE")
    assert text.lstrip().startswith("Apache License")
    assert "END OF TERMS AND CONDITIONS" in text
    assert len(text.splitlines()) > 190
