"""What stands of a course, for somebody whose order or change came too late."""

from django.urls import reverse

from accounts.models import Person
from accounts.sending import OnFile
from accounts.templatetags.clinic import day
from protocols.models import CourseChange
from protocols.presenters.ordering import Desk


def course_on_file(desk: Desk, user: Person, *, may_go_on: bool | None = None) -> OnFile:
    """The course as it is now, and the newest thing done to it, by whom and when; one query."""
    change = (
        CourseChange.objects.visible_to(user)
        .filter(course=desk.course)
        .select_related("recorded_by")
        .order_by("-recorded_at")
        .first()
    )
    step = desk.last
    newest: tuple[str, str, Person | None, object] = ("", "", None, None)
    if step is not None:
        newest = (f"{desk.drug.name} {desk.now}", step.reason, step.ordered_by, step.ordered_at)
    if change is not None and (step is None or change.recorded_at >= step.ordered_at):
        words = f"{desk.drug.name}: {change.get_kind_display().lower()} on {day(change.changed_on)}"
        newest = (words, change.reason, change.recorded_by, change.recorded_at)
    what, reason, by, at = newest
    lines = [("Course", desk.status), ("Newest", what), ("Reason", reason)]
    return OnFile(
        "This course",
        str(desk.version or ""),
        [(label, text) for label, text in lines if text],
        reverse("chart_treatment", args=[desk.patient.id]),
        by=by.full_name if by else "",
        at=at,
        patient=desk.patient,
        may_go_on=desk.is_open_to_change if may_go_on is None else may_go_on,
    )
