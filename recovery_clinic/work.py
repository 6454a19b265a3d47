"""Work of every kind that was given up or waits for long, for the people who may try it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.models import CARE_TEAM, Person, Role
from documents.models import Document, DocumentKind
from monitoring.models import DryRun, Evaluation, unevaluated
from patients.models import Episode

# Each kind is swept every minute: what has waited for three sweeps does not wait by chance.
LATE_SECONDS = 180
MOST_ROWS = 50
STOPPED = "The worker stopped each time it tried."
FAILED = "It failed each time. The page of the document says why."
WAITS = "No worker has finished it yet. The next sweep tries."


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of work. It names no patient; `url` leads the care team to where he is named."""

    name: str
    since: datetime
    attempts: int
    is_given_up: bool
    reason: str
    retry_url: str
    url: str


@dataclass(frozen=True, slots=True)
class Kind:
    """Work of one kind: of `total` pieces the first MOST_ROWS, those that were given up before the others."""

    key: str
    title: str
    pieces: Sequence[Piece]
    total: int

    @property
    def hidden(self) -> int:
        return self.total - len(self.pieces)


def unfinished_of(user: Person) -> Sequence[Kind]:
    """What of the clinic's work was given up or waits for longer than LATE_SECONDS, in twelve queries."""
    late = timezone.now() - timedelta(seconds=LATE_SECONDS)
    return [_evaluations(user, late), _documents(user, late), _dry_runs(user, late)]


def _evaluations(user: Person, late: datetime) -> Kind:
    given_up = Evaluation.objects.tended_by(user).given_up().select_related("episode").order_by("id")
    tended = unevaluated(user.acting.clinic_id).filter(pk__in=Episode.objects.tended_by(user))
    waiting = tended.filter(changed_at__lt=late).select_related("evaluation")
    pieces = [_evaluation(each.episode, each, user) for each in given_up[:MOST_ROWS]]
    pieces += [
        _evaluation(each, getattr(each, "evaluation", None), user)
        for each in waiting[: MOST_ROWS - len(pieces)]
    ]
    return Kind("evaluations", "Evaluations", pieces, given_up.count() + waiting.count())


def _evaluation(episode: Episode, evaluation: Evaluation | None, user: Person) -> Piece:
    is_given_up = evaluation is not None and evaluation.is_given_up(episode)
    # A record that failed at the daily judging has waited since it was last judged, not since it changed.
    judged_at = evaluation.evaluated_at if evaluation else None
    attempts = 0
    if evaluation and evaluation.attempted_version == episode.record_version:
        attempts = evaluation.attempts
    return Piece(
        name=f"Evaluation {str(episode.id)[:8]}",
        since=max(filter(None, (episode.changed_at, judged_at))),
        attempts=attempts,
        is_given_up=is_given_up,
        reason=((evaluation.error if evaluation else "") or STOPPED) if is_given_up else WAITS,
        retry_url=reverse("evaluation_retry", args=[episode.id]),
        url=reverse("chart", args=[episode.patient_id]) if user.acting.role in CARE_TEAM else "",
    )


def _documents(user: Person, late: datetime) -> Kind:
    documents = Document.objects.tended_by(user).without_bytes()
    given_up = documents.given_up().order_by("requested_at", "id")
    waiting = documents.unrendered().filter(requested_at__lt=late)
    pieces = [_document(each, user, is_given_up=True) for each in given_up[:MOST_ROWS]]
    pieces += [_document(each, user, is_given_up=False) for each in waiting[: MOST_ROWS - len(pieces)]]
    return Kind("documents", "Documents", pieces, given_up.count() + waiting.count())


def _document(document: Document, user: Person, *, is_given_up: bool) -> Piece:
    why = FAILED if document.error else STOPPED
    return Piece(
        name=f"{DocumentKind(document.kind).label} {document.code}",
        since=document.requested_at,
        attempts=document.attempts,
        is_given_up=is_given_up,
        reason=why if is_given_up else WAITS,
        retry_url=reverse("document_retry", args=[document.id]),
        url=reverse("document", args=[document.id]) if user.acting.role in CARE_TEAM else "",
    )


def _dry_runs(user: Person, late: datetime) -> Kind:
    runs = DryRun.objects.visible_to(user)
    given_up = runs.given_up().order_by("asked_at", "id")
    waiting = runs.under_way().not_moved_since(late)
    pieces = [_dry_run(each, user) for each in given_up[:MOST_ROWS]]
    pieces += [_dry_run(each, user) for each in waiting[: MOST_ROWS - len(pieces)]]
    return Kind("dry_runs", "Dry runs", pieces, given_up.count() + waiting.count())


def _dry_run(run: DryRun, user: Person) -> Piece:
    return Piece(
        name=str(run),
        since=run.moved_at,
        attempts=run.attempts,
        is_given_up=run.is_given_up,
        reason=(run.error or STOPPED) if run.is_given_up else WAITS,
        retry_url=reverse("dry_run_retry", args=[run.id]),
        url=reverse("dry_run", args=[run.id]) if user.acting.role == Role.CLINICIAN else "",
    )
