"""What happened to a version of a protocol, and how one version differs from another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.models import Person
from accounts.sending import OnFile
from clinical.protocols import Component, Protocol
from protocols.models import ProtocolVersion, VersionState, VersionStep
from protocols.presenters.library import Chosen, own_protocol, versions_of
from protocols.presenters.sheet import goal_words, part_of


@dataclass(frozen=True, slots=True)
class Change:
    """What of one heading was taken out and what was added."""

    heading: str
    out: Sequence[str]
    added: Sequence[str]


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One version with its history, its siblings, and what this person may do with it."""

    chosen: Chosen
    version: ProtocolVersion
    steps: Sequence[VersionStep]
    others: Sequence[Chosen]
    against: Chosen | None
    changes: Sequence[Change]
    may_edit: bool
    may_review: bool
    is_writer: bool

    @property
    def is_draft(self) -> bool:
        return self.version.state == VersionState.DRAFT

    @property
    def is_in_review(self) -> bool:
        return self.version.state == VersionState.IN_REVIEW

    @property
    def is_published(self) -> bool:
        return self.version.state == VersionState.PUBLISHED

    @property
    def may_copy(self) -> bool:
        """Whether a next version may begin: none of this protocol is open."""
        open_ = {VersionState.DRAFT.label, VersionState.IN_REVIEW.label}
        return not {self.chosen.state, *(each.state for each in self.others)} & open_


def page_of(version: ProtocolVersion, user: Person) -> VersionPage:
    """A version as its page shows it, in two queries."""
    steps = VersionStep.objects.visible_to(user).filter(protocol_version=version)
    siblings = versions_of(user).filter(protocol=version.protocol).exclude(pk=version.pk)
    others = [
        own_protocol(each) for each in siblings.exclude(state=VersionState.DISCARDED).order_by("-number")
    ]
    published = next((each for each in others if each.state == VersionState.PUBLISHED.label), None)
    chosen = own_protocol(version)
    is_open = version.state in (VersionState.DRAFT, VersionState.IN_REVIEW)
    against = published if is_open else None
    is_writer = version.written_by_id == user.id
    return VersionPage(
        chosen=chosen,
        version=version,
        steps=list(steps.select_related("taken_by").order_by("taken_at")),
        others=others,
        against=against,
        changes=difference(against.content, chosen.content) if against else (),
        may_edit=version.state == VersionState.DRAFT and is_writer,
        may_review=version.state == VersionState.IN_REVIEW and not is_writer,
        is_writer=is_writer,
    )


def difference(before: Protocol, after: Protocol) -> Sequence[Change]:
    """What of each heading was taken out and what was added; headings that say the same are left out."""
    old, new = lines_of(before), lines_of(after)
    changes = [
        Change(
            heading,
            [line for line in old[heading] if line not in lines],
            [line for line in lines if line not in old[heading]],
        )
        for heading, lines in new.items()
    ]
    return [change for change in changes if change.out or change.added]


def lines_of(content: Protocol) -> Mapping[str, Sequence[str]]:
    """A protocol as lines under headings, for comparing."""
    return {
        "Name": [content.name],
        "Goal": [goal_words(content.goals)],
        "What it is to reach": [content.aim],
        "Drugs": [_line_of(each) for each in content.components],
        "Whom it suits": content.suits,
        "Whom it is not for": content.not_for,
        "When to stop or change": content.stop_rules,
        "Evidence": [content.evidence],
        "Sources": [str(source) for source in content.sources],
    }


def _line_of(each: Component) -> str:
    part = part_of(each)
    when = f"starts {part.when}" if part.is_at_once else part.when
    return f"{part.name} {part.dose}, {part.route}: {when}"


def version_on_file(version: ProtocolVersion, user: Person) -> OnFile:
    """What stands of a version, for somebody whose form came too late; one query."""
    steps = VersionStep.objects.visible_to(user).filter(protocol_version=version)
    last = steps.select_related("taken_by").order_by("-taken_at").first()
    content = version.says
    lines: list[tuple[str, Any]] = [("State", version.get_state_display()), ("Version", version.number)]
    lines += [(heading, "; ".join(said)) for heading, said in lines_of(content).items() if said]
    return OnFile(
        f"The protocol {content.name}",
        str(version.version),
        lines,
        reverse("protocol_version", args=[version.id]),
        by=last.taken_by.full_name if last else "",
        at=last.taken_at if last else None,
    )
