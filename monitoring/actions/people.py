"""What people do with flags, retests and evaluations that were given up."""

from django.db import transaction
from django.utils import timezone

from accounts.actions import Overtaken, nudge
from accounts.models import Person
from audit import actions as audit
from monitoring.actions.storing import change_of
from monitoring.models import FLAG_MAY_BECOME, Evaluation, Flag, FlagState, Retest, Severity
from patients.models import Episode

EVALUATE = "monitoring.evaluate"


class NotPossible(Exception):
    """The flag's or retest's state does not allow this."""


@transaction.atomic
def acknowledge_flag(flag: Flag, *, by: Person, comment: str = "") -> Flag:
    """Say that somebody has seen to a flag. A critical one needs a comment. Twice keeps the first.

    Raises NotPossible where the flag has ended, or a critical one comes without a comment, and Overtaken
    where it is not the version that `flag` was read as.
    """
    read, flag = flag.version, Flag.objects.select_for_update().get(pk=flag.pk)
    if flag.version != read:
        raise Overtaken(flag)
    if flag.state == FlagState.ACKNOWLEDGED:
        return flag
    if FlagState.ACKNOWLEDGED not in FLAG_MAY_BECOME[FlagState(flag.state)]:
        raise NotPossible("This flag has ended already.")
    if flag.severity == Severity.CRITICAL and not comment.strip():
        raise NotPossible(
            "A critical flag is acknowledged with a comment: what was done, or why nothing is needed."
        )
    flag.state, flag.acknowledged_at, flag.acknowledged_by = FlagState.ACKNOWLEDGED, timezone.now(), by
    flag.comment = comment.strip()
    flag.version += 1
    flag.save(update_fields=["state", "acknowledged_at", "acknowledged_by", "comment", "version"])
    change_of(flag, "acknowledged", by=by, comment=flag.comment).save()
    _note("monitoring.flag.acknowledged", flag, by=by)
    return flag


@transaction.atomic
def waive_retest(retest: Retest, *, by: Person, reason: str) -> Retest:
    """Call off a retest; the reason stays in the record.

    Raises NotPossible where it is closed already or no reason is given, and Overtaken where it is not what
    `retest` was read as.
    """
    read, retest = retest.version, Retest.objects.select_for_update().get(pk=retest.pk)
    if retest.version != read:
        raise Overtaken(retest)
    if retest.is_closed:
        raise NotPossible("This retest is closed already.")
    if not reason.strip():
        raise NotPossible("A retest is waived with a reason.")
    retest.waived_at, retest.waived_by, retest.waive_reason = timezone.now(), by, reason.strip()
    retest.save(update_fields=["waived_at", "waived_by", "waive_reason"])
    _note("monitoring.retest.waived", retest, by=by)
    return retest


def _note(action: str, row: Flag | Retest, *, by: Person) -> None:
    audit.record(
        action,
        by=by,
        clinic_id=row.clinic_id,
        object_kind=row._meta.label_lower,
        object_id=row.pk,
        patient_id=row.patient_id,
    )


@transaction.atomic
def retry_evaluation(episode: Episode, *, by: Person) -> None:
    """Give the evaluation of an episode its tries back, where it had any, and wake a worker for it."""
    Evaluation.objects.filter(episode=episode).update(attempts=0)
    nudge(EVALUATE, episode.clinic_id, episode.id)
    audit.record(
        "monitoring.evaluation.retried",
        by=by,
        clinic_id=episode.clinic_id,
        object_kind="patients.episode",
        object_id=episode.pk,
        patient_id=episode.patient_id,
    )
