"""Writing, reviewing, publishing and retiring the clinic's own protocols."""

import uuid

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.actions import KeyUsed, Overtaken
from accounts.models import Person
from audit import actions as audit
from clinical.protocols import Protocol as Content
from clinical.protocols import problems_of, to_json
from protocols.actions.steps import NotPossible
from protocols.models import (
    VERSION_MAY_BECOME,
    Protocol,
    ProtocolVersion,
    VersionState,
    VersionStep,
)

# No key of the shipped library begins so: a course's key says of which of the two it is.
OWN = "own-"
VERBS = {
    VersionState.DRAFT: "returned",
    VersionState.IN_REVIEW: "submitted",
    VersionState.RETIRED: "retired",
    VersionState.DISCARDED: "discarded",
}


@transaction.atomic
def begin_protocol(
    content: Content, *, copied_from: str, by: Person, entry_key: uuid.UUID
) -> ProtocolVersion:
    """Begin a protocol of the clinic with its first draft. The same key again returns the draft.

    Raises KeyUsed where `entry_key` stands for a draft of somebody else.
    """
    clinic_id = by.acting.clinic_id
    begun = _begun_before(clinic_id, entry_key, by=by)
    if begun is not None:
        return begun
    protocol_id = uuid.uuid4()
    protocol = Protocol.objects.create(
        id=protocol_id,
        clinic_id=clinic_id,
        # Not from its name: keys stand in the audit record, where no typed words go.
        key=f"{OWN}{protocol_id}",
        copied_from=copied_from,
        entry_key=entry_key,
        begun_by=by,
    )
    return _begin_version(protocol, content, number=1, by=by, entry_key=entry_key)


@transaction.atomic
def begin_version(
    protocol: Protocol, *, content: Content, by: Person, entry_key: uuid.UUID
) -> ProtocolVersion:
    """Begin the next version of a protocol. The same key again returns the draft.

    Raises NotPossible where one is open already, KeyUsed where the key stands for a draft of somebody else.
    """
    protocol = Protocol.objects.select_for_update().get(pk=protocol.pk, clinic_id=protocol.clinic_id)
    begun = _begun_before(protocol.clinic_id, entry_key, by=by)
    if begun is not None:
        return begun
    versions = ProtocolVersion.objects.filter(clinic_id=protocol.clinic_id, protocol=protocol)
    if versions.open().exists():
        raise NotPossible("A draft of this protocol is open already; publish or discard that one first.")
    number = (versions.aggregate(last=Max("number"))["last"] or 0) + 1
    return _begin_version(protocol, content, number=number, by=by, entry_key=entry_key)


def _begun_before(clinic_id: uuid.UUID, entry_key: uuid.UUID, *, by: Person) -> ProtocolVersion | None:
    begun = ProtocolVersion.objects.filter(clinic_id=clinic_id, entry_key=entry_key).first()
    if begun is not None and begun.written_by_id != by.id:
        raise KeyUsed
    return begun


def _begin_version(
    protocol: Protocol, content: Content, *, number: int, by: Person, entry_key: uuid.UUID
) -> ProtocolVersion:
    draft = ProtocolVersion.objects.create(
        clinic_id=protocol.clinic_id,
        protocol=protocol,
        number=number,
        content=to_json(content),
        written_by=by,
        entry_key=entry_key,
    )
    _step(draft, by=by)
    _note("protocols.protocol_version.created", draft, by=by)
    return draft


@transaction.atomic
def write_draft(
    draft: ProtocolVersion, *, content: Content, change_note: str, read_version: int, by: Person
) -> ProtocolVersion:
    """Change what a draft says. Only its writer does, so that whoever reviews it has written none of it.

    Raises Overtaken, or NotPossible where it is no draft, not his, or could not be ordered.
    """
    draft = _take(draft, read_version=read_version)
    if draft.state != VersionState.DRAFT:
        raise NotPossible(f"This version is {draft.get_state_display().lower()}. Only a draft is changed.")
    _only_its_writer(draft, by=by)
    problems = problems_of(content)
    if problems:
        raise NotPossible(" ".join(problems))
    draft.content, draft.change_note = to_json(content), change_note
    draft.save(update_fields=["content", "change_note", "version"])
    _note("protocols.protocol_version.changed", draft, by=by)
    return draft


@transaction.atomic
def move_version(
    version: ProtocolVersion, *, to: VersionState, words: str = "", read_version: int, by: Person
) -> ProtocolVersion:
    """Send a draft to review, take or give it back, discard it, or retire what was published.

    Raises Overtaken, or NotPossible where it may not become that. Publishing is `publish_version`.
    """
    version = _take(version, read_version=read_version)
    _may_become(version, to)
    if to not in VERBS:
        raise NotPossible("A version is published by its review.")
    if to == VersionState.IN_REVIEW:
        _only_its_writer(version, by=by)
    if to == VersionState.DRAFT and version.written_by_id != by.id and not words.strip():
        raise NotPossible("Words: found none. Accepted: a few words to its writer on what is to be changed.")
    version.state = to
    version.save(update_fields=["state", "version"])
    _step(version, words=words, by=by)
    _note(f"protocols.protocol_version.{VERBS[to]}", version, by=by)
    return version


@transaction.atomic
def publish_version(
    version: ProtocolVersion, *, words: str = "", read_version: int, by: Person
) -> ProtocolVersion:
    """Publish what is in review; what was published before is retired.

    Raises Overtaken, or NotPossible where it is not in review or `by` wrote it himself.
    """
    protocols = Protocol.objects.filter(clinic_id=version.clinic_id)
    # Locked first, so that of two versions published at once the second finds the first.
    protocols.select_for_update().get(pk=version.protocol_id)
    version = _take(version, read_version=read_version)
    _may_become(version, VersionState.PUBLISHED)
    if version.written_by_id == by.id:
        raise NotPossible(
            "You wrote this version. Accepted: a review by another clinician, who has written none of it."
        )
    before = ProtocolVersion.objects.filter(clinic_id=version.clinic_id, protocol_id=version.protocol_id)
    for each in before.published():
        move_version(each, to=VersionState.RETIRED, read_version=each.version, by=by)
    version.state = VersionState.PUBLISHED
    version.reviewed_by, version.published_at = by, timezone.now()
    version.save(update_fields=["state", "reviewed_by", "published_at", "version"])
    _step(version, words=words, by=by)
    _note("protocols.protocol_version.published", version, by=by)
    return version


def _take(version: ProtocolVersion, *, read_version: int) -> ProtocolVersion:
    """The version as it is now, locked, with its next number; raises Overtaken."""
    locked = ProtocolVersion.objects.select_for_update(of=("self",)).select_related("protocol")
    version = locked.get(pk=version.pk, clinic_id=version.clinic_id)
    if version.version != read_version:
        raise Overtaken(version)
    version.version += 1
    return version


def _may_become(version: ProtocolVersion, to: VersionState) -> None:
    if to not in VERSION_MAY_BECOME[VersionState(version.state)]:
        raise NotPossible(
            f"A version that is {version.get_state_display().lower()} cannot become {to.label.lower()}."
        )


def _only_its_writer(draft: ProtocolVersion, *, by: Person) -> None:
    if draft.written_by_id != by.id:
        raise NotPossible(f"This draft is {draft.written_by.full_name}'s. Only its writer changes it.")


def _step(version: ProtocolVersion, *, by: Person, words: str = "") -> None:
    VersionStep.objects.create(
        clinic_id=version.clinic_id,
        protocol_version=version,
        became=version.state,
        words=words,
        taken_by=by,
    )


def _note(action: str, version: ProtocolVersion, *, by: Person) -> None:
    audit.record(
        action,
        by=by,
        clinic_id=version.clinic_id,
        object_kind="protocols.protocolversion",
        object_id=version.id,
        details={"protocol": version.protocol.key, "number": version.number, "version": version.version},
    )
