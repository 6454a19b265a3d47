"""The rulebook as a whole: released files are locked, drafts are marked, no edit passes unnoticed."""

import shutil
from decimal import Decimal

import pytest

from clinical import release
from clinical.datafile import RULES_DIR, RulebookError, Status, digest_of, read_datafile
from clinical.rulebook import FILES, LOCK, check_lock, load_rulebook, read_lock

ALL = (*FILES, "rulebook")


def draft(folder, name, *changes, status="draft"):
    """A copy of a shipped file in a folder, with its status and some of its text changed."""
    text = (RULES_DIR / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in (("status: released", f"status: {status}"), *changes):
        assert old in text
        text = text.replace(old, new, 1)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / f"{name}.yaml"


def test_the_shipped_rulebook_is_released_and_read_once():
    rulebook = load_rulebook()
    assert rulebook is load_rulebook()
    assert not rulebook.is_draft
    assert rulebook.version == rulebook.header.version
    assert len(rulebook.digest) == 64
    assert {"clomiphene", "hcg"} <= set(rulebook.drugs)
    assert rulebook.default_interval("LH").low == Decimal("1.7")
    assert rulebook.default_interval("SCONC", who_edition=5).low == Decimal(15)


@pytest.mark.parametrize("name", ALL)
def test_every_shipped_file_is_locked_as_it_stands(name):
    path = RULES_DIR / f"{name}.yaml"
    header, _ = read_datafile(path)
    assert header.status is Status.RELEASED
    locked = read_lock().get((header.id, header.version))
    assert locked == digest_of(path), (
        f"{path.name} changed. Give it a new version, there and in rulebook.yaml, then run "
        "python -m clinical.release."
    )


@pytest.mark.parametrize("name", ALL)
def test_every_file_says_who_wrote_and_who_reviewed_it(name):
    header, _ = read_datafile(RULES_DIR / f"{name}.yaml")
    assert header.id == name
    assert header.title
    assert header.source
    assert header.author
    assert header.reviewer
    assert header.written_on <= header.effective_on


@pytest.mark.parametrize("name", sorted(set(ALL) - {"analytes"}))
def test_an_edit_without_a_new_version_is_refused(tmp_path, name):
    draft(tmp_path, name, ("title: ", "title: Edited "), status="released")
    with pytest.raises(RulebookError, match=rf"{name}\.yaml: version \S+ was released with another text"):
        load_rulebook(tmp_path)


def test_a_draft_needs_no_new_version_and_is_marked(tmp_path):
    draft(tmp_path, "intervals", ("low: 264", "low: 300"))
    rulebook = load_rulebook(tmp_path)
    assert rulebook.default_interval("TT").low == Decimal(300)
    assert (rulebook.is_draft, rulebook.version) == (True, f"{load_rulebook().version}-draft")


def test_a_draft_of_one_file_is_tried_with_the_shipped_others(tmp_path):
    draft(tmp_path, "intervals", ('version: "1.0.0"', 'version: "1.1.0"'), ("low: 264", "low: 300"))
    rulebook, shipped = load_rulebook(tmp_path), load_rulebook()
    assert rulebook.default_interval("TT").low == Decimal(300)
    assert shipped.default_interval("TT").low == Decimal(264)
    assert (rulebook.is_draft, rulebook.version) == (True, f"{shipped.version}-draft")
    assert rulebook.digest != shipped.digest
    assert rulebook.drugs == shipped.drugs


def test_an_empty_folder_is_the_shipped_rulebook(tmp_path):
    assert load_rulebook(tmp_path).digest == load_rulebook().digest


def test_a_released_file_of_another_version_does_not_belong(tmp_path):
    draft(tmp_path, "drugs", ('version: "1.0.0"', 'version: "9.0.0"'), status="released")
    with pytest.raises(
        RulebookError, match=r"drugs\.yaml is drugs 9\.0\.0; the rulebook contains drugs 1\.0\.0"
    ):
        load_rulebook(tmp_path)


def test_a_file_under_another_name_does_not_belong(tmp_path):
    draft(tmp_path, "washouts", ("id: washouts", "id: retests"), ('version: "1.0.0"', 'version: "9.0.0"'))
    with pytest.raises(RulebookError, match=r"washouts\.yaml is retests 9\.0\.0"):
        load_rulebook(tmp_path)


def test_the_rulebook_names_every_file(tmp_path):
    version = load_rulebook().header.version
    draft(tmp_path, "rulebook", (f'version: "{version}"', 'version: "9.0.0"'), ("  drugs:", "  potions:"))
    with pytest.raises(RulebookError, match="contains names analytes, intervals"):
        load_rulebook(tmp_path)


def test_units_are_not_tried_in_a_draft(tmp_path):
    draft(tmp_path, "analytes", ('version: "1.0.0"', 'version: "9.0.0"'), ("28.842", "28.843"))
    with pytest.raises(RulebookError, match="units and codes are not tried in a draft"):
        load_rulebook(tmp_path)


def test_line_endings_are_no_edit(tmp_path):
    text = (RULES_DIR / "intervals.yaml").read_bytes()
    (tmp_path / "intervals.yaml").write_bytes(text.replace(b"\n", b"\r\n"))
    assert load_rulebook(tmp_path).digest == load_rulebook().digest


def copy_of_rules(tmp_path):
    shutil.copytree(RULES_DIR, tmp_path / "rules")
    (tmp_path / "rules" / "digests.lock").unlink(missing_ok=True)
    return tmp_path / "rules"


def test_release_locks_each_file_once(tmp_path):
    folder, lock = copy_of_rules(tmp_path), tmp_path / "digests.lock"
    assert release.lock_released(folder, lock) == tuple(
        f"{name} {read_datafile(folder / f'{name}.yaml')[0].version}" for name in ALL
    )
    first = lock.read_text(encoding="utf-8")
    assert release.lock_released(folder, lock) == ()
    assert lock.read_text(encoding="utf-8") == first


def test_release_keeps_older_versions_and_refuses_edits_and_drafts(tmp_path):
    folder, lock = copy_of_rules(tmp_path), tmp_path / "digests.lock"
    release.lock_released(folder, lock)
    draft(folder, "drugs", ("title: ", "title: Edited "), status="released")
    with pytest.raises(RulebookError, match="was released with another text"):
        release.lock_released(folder, lock)
    draft(folder, "drugs", ('version: "1.0.0"', 'version: "1.1.0"'), status="released")
    assert release.lock_released(folder, lock) == ("drugs 1.1.0",)
    assert {("drugs", "1.0.0"), ("drugs", "1.1.0")} <= set(read_lock(lock))
    draft(folder, "drugs", ('version: "1.0.0"', 'version: "1.2.0"'))
    with pytest.raises(RulebookError, match="a draft is not released"):
        release.lock_released(folder, lock)


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ((), "Everything is locked already.\n"),
        (("drugs 1.1.0", "rules 2.0.0"), "Locked drugs 1.1.0.\nLocked rules 2.0.0.\n"),
    ],
)
def test_release_as_a_program(capsys, monkeypatch, added, said):
    monkeypatch.setattr(release, "lock_released", lambda: added)
    assert release.main() == 0
    assert capsys.readouterr().out == said


def test_release_as_a_program_says_what_is_wrong(capsys, monkeypatch):
    def refuse():
        raise RulebookError("drugs.yaml: no.")

    monkeypatch.setattr(release, "lock_released", refuse)
    assert release.main() == 1
    assert capsys.readouterr().err == "drugs.yaml: no.\n"


@pytest.mark.parametrize("text", ["drugs 1.0.0", "drugs 1.0.0 abc\ndrugs 1.0.0 abd", "drugs 1.0.0 abc more"])
def test_a_lock_that_is_none_is_refused(tmp_path, text):
    path = tmp_path / "digests.lock"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RulebookError, match="Accepted: an id, a version and a digest, once"):
        read_lock(path)


def test_an_unlocked_version_passes_the_lock():
    header, _ = read_datafile(RULES_DIR / "drugs.yaml")
    check_lock(RULES_DIR / "drugs.yaml", header, {})
    assert LOCK.parent == RULES_DIR
