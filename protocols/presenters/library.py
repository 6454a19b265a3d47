"""The library: what the product ships beside what the clinic has written, and one protocol chosen from it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import Person
from clinical import drugs
from clinical.protocols import Protocol, concerns_of
from clinical.rulebook import load_rulebook
from patients.models import Episode
from protocols.actions import Source
from protocols.models import ProtocolVersion, VersionState
from protocols.presenters.sheet import goal_words

SHIPPED = "Shipped"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A protocol in one version, shipped or the clinic's own. `slug` names it in addresses."""

    slug: str
    key: str
    number: int
    state: str
    content: Protocol
    url: str
    by: str
    version: ProtocolVersion | None = None

    @property
    def title(self) -> str:
        return f"{self.content.name}, version {self.number}"

    @property
    def is_shipped(self) -> bool:
        return self.version is None

    @property
    def may_start(self) -> bool:
        """Whether patients may be started on it."""
        return self.version is None or self.version.state == VersionState.PUBLISHED

    @property
    def source(self) -> Source:
        return Source(self.key, self.number, self.content.name, self.version)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the library."""

    chosen: Chosen
    goals: str
    drugs: str
    has_conflict: bool
    suits_goal: bool = True
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """The clinic's own protocols and what the product ships; `waiting` are those in review."""

    own: Sequence[Row]
    waiting: Sequence[Row]
    past: Sequence[Row]
    shipped: Sequence[Row]
    version: str


def shipped_protocol(key: str) -> Chosen | None:
    """The shipped protocol of this key."""
    table = load_rulebook().protocols
    row = table.by_key.get(key)
    if row is None:
        return None
    url = reverse("protocol_shipped", args=[key])
    by = f"{table.header.author}; {table.header.reviewer}"
    return Chosen(key, row.key, row.version, SHIPPED, row.content, url, by)


def own_protocol(version: ProtocolVersion) -> Chosen:
    """A version of the clinic; `version` with its protocol and people selected."""
    reviewer = f"; reviewed by {version.reviewed_by.full_name}" if version.reviewed_by else ""
    return Chosen(
        slug=str(version.id),
        key=version.protocol.key,
        number=version.number,
        state=version.get_state_display(),
        content=version.says,
        url=reverse("protocol_version", args=[version.id]),
        by=f"{version.written_by.full_name}{reviewer}",
        version=version,
    )


def versions_of(user: Person) -> Any:
    """The clinic's versions with all that a line or page shows of them."""
    people = ("protocol", "written_by", "reviewed_by")
    return ProtocolVersion.objects.visible_to(user).select_related(*people)


def chosen_protocol(slug: str, user: Person) -> Chosen | None:
    """A shipped protocol by its key, or a version of the clinic's by its id, published once; else None."""
    found = shipped_protocol(slug)
    if found is not None:
        return found
    try:
        version_id = uuid.UUID(slug)
    except ValueError:
        return None
    known = (VersionState.PUBLISHED, VersionState.RETIRED)
    version = versions_of(user).filter(pk=version_id, state__in=known).first()
    return own_protocol(version) if version else None


def to_start_from(user: Person, *, episode: Episode | None) -> Sequence[Row]:
    """Every protocol that a patient may be started on, those for his goal and the clinic's own first.

    One query.
    """
    own = versions_of(user).published().order_by("protocol__key")
    rows = [*(_row(own_protocol(each)) for each in own), *_shipped_rows()]
    if episode is None:
        return rows
    goal = episode.goal
    marked = [replace(row, suits_goal=goal in row.chosen.content.goals) for row in rows]
    return sorted(marked, key=lambda row: not row.suits_goal)


def library_of(user: Person) -> Library:
    """The library, in one query whatever the number of protocols."""
    states: Mapping[str, list[Row]] = {state: [] for state in VersionState.values}
    versions = versions_of(user).exclude(state=VersionState.DISCARDED).order_by("protocol__key", "-number")
    for version in versions:
        states[version.state].append(_row(own_protocol(version)))
    return Library(
        own=states[VersionState.PUBLISHED],
        waiting=states[VersionState.IN_REVIEW] + states[VersionState.DRAFT],
        past=states[VersionState.RETIRED],
        shipped=_shipped_rows(),
        version=load_rulebook().protocols.version,
    )


def _shipped_rows() -> list[Row]:
    found = (shipped_protocol(key) for key in load_rulebook().protocols.by_key)
    return [_row(each) for each in found if each is not None]


def _row(chosen: Chosen) -> Row:
    content = chosen.content
    return Row(
        chosen=chosen,
        goals=goal_words(content.goals),
        drugs=_drug_words(content),
        has_conflict=any(one.severity == "critical" for one in concerns_of(content)),
        at=chosen.version.published_at if chosen.version else None,
    )


def _drug_words(content: Protocol) -> str:
    first = [drugs.drug(each.drug).name for each in content.components if each.is_at_once]
    later = [drugs.drug(each.drug).name for each in content.components if not each.is_at_once]
    words = " and ".join(
        filter(None, [", ".join(first), f"{', '.join(later)} on a trigger" if later else ""])
    )
    return words or "No drug"
