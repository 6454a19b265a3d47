"""Careless and hostile input on the dose form: nothing is stored, and the message helps."""

import html

import pytest

from protocols.models import DoseStep

DAY = "Accepted: a day such as 2026-03-02 or 2 Mar 2026"
NUMBER = "Accepted: a number above zero such as 25 or 0.25, in mg."
RANGE = "Accepted: a dose in that range."
WINDOW = "Accepted: 26 Jan 2026 to 31 May 2026."
OFTEN = "Accepted: every other day, daily, three times a week."
CARELESS = [
    ("amount", "", "found nothing", NUMBER),
    ("amount", "   ", "found nothing", NUMBER),
    ("amount", "12,5", 'found "12,5". A comma can mean two things.', NUMBER),
    ("amount", "1,500", 'found "1,500". A comma can mean two things.', NUMBER),
    ("amount", "1e3", 'found "1e3". Write the digits out.', NUMBER),
    ("amount", "2E1", 'found "2E1". Write the digits out.', NUMBER),
    ("amount", "1_0", 'found "1_0". Write the digits without gaps.', NUMBER),
    ("amount", "1 0", 'found "1 0". Write the digits without gaps.', NUMBER),
    ("amount", "-25", 'found "-25". A dose has no sign.', NUMBER),
    ("amount", "+25", 'found "+25". A dose has no sign.', NUMBER),
    ("amount", "0", 'found "0". A dose is more than nothing.', NUMBER),
    ("amount", "0.000", 'found "0.000". A dose is more than nothing.', NUMBER),
    ("amount", "25mg", 'found "25mg". The unit stands beside the box', NUMBER),
    ("amount", "25 mcg", 'found "25 mcg". The unit stands beside the box', NUMBER),
    ("amount", "25mg/d", 'found "25mg/d". The unit stands beside the box', NUMBER),
    ("amount", "0x19", 'found "0x19". The unit stands beside the box', NUMBER),
    ("amount", ".5", 'found ".5". Write the zero before the point.', NUMBER),
    ("amount", "25.", 'found "25.". Digits are missing after the point.', NUMBER),
    ("amount", "025", 'found "025". A number does not begin with 0', NUMBER),
    ("amount", "12.5555", 'found "12.5555". At most three digits after the point.', NUMBER),
    ("amount", "1.2.3", 'found "1.2.3"', NUMBER),
    ("amount", "٢٥", 'found "٢٥". Only the digits 0 to 9 are read.', NUMBER),
    ("amount", "\uff12\uff15", 'found "\uff12\uff15". Only the digits 0 to 9 are read.', NUMBER),
    ("amount", "½", 'found "½". Only the digits 0 to 9 are read.', NUMBER),
    ("amount", "NaN", 'found "NaN"', NUMBER),
    ("amount", "inf", 'found "inf"', NUMBER),
    ("amount", "<25", 'found "<25"', NUMBER),
    ("amount", "twenty", 'found "twenty"', NUMBER),
    ("amount", "25; drop table", 'found "25; drop table"', NUMBER),
    ("amount", "<b>25</b>", 'found "<b>25</b>"', NUMBER),
    ("amount", "1000000", 'found "1000000". At most six digits', NUMBER),
    ("amount", "999999", 'found "999999". This is more than 10 times the usual range', RANGE),
    ("amount", "2500", 'found "2500". This is more than 10 times the usual range', RANGE),
    ("starts_on", "", "found nothing", DAY),
    ("starts_on", "02/03/2026", 'found "02/03/2026". This can be read two ways.', DAY),
    ("starts_on", "2.3.2026", 'found "2.3.2026". This can be read two ways.', DAY),
    ("starts_on", "2026-02-30", 'found "2026-02-30". There is no such day.', DAY),
    ("starts_on", "31 Feb 2026", 'found "31 Feb 2026". There is no such day.', DAY),
    ("starts_on", "2026-3-2", 'found "2026-3-2"', DAY),
    ("starts_on", "tomorrow", 'found "tomorrow"', DAY),
    ("starts_on", "20260302", 'found "20260302"', DAY),
    ("starts_on", "٢٠٢٦-٠٣-٠٢", 'found "٢٠٢٦-٠٣-٠٢"', DAY),
    ("starts_on", "2026-01-25", 'found "2026-01-25". This is before', WINDOW),
    ("starts_on", "0026-03-02", 'found "0026-03-02". This is before', WINDOW),
    ("starts_on", "2026-06-01", 'found "2026-06-01". This is after', WINDOW),
    ("starts_on", "2062-03-02", 'found "2062-03-02". This is after', WINDOW),
    ("frequency", "", "found nothing", OFTEN),
    ("frequency", "hourly", 'found "hourly"', OFTEN),
    ("frequency", "every_90_min", 'found "every_90_min"', OFTEN),
    ("reason", "", "found nothing", "Accepted: a few words, such as: LH still low after 4 weeks."),
    ("reason", "x" * 201, "found 201 characters", "Accepted: up to 200."),
    ("reason", "a\x00b", "ull characters", "not allowed"),
]  # fmt: skip


def test_there_are_more_than_forty():
    assert len(CARELESS) >= 40


@pytest.mark.parametrize(("field", "typed", "found", "accepted"), CARELESS)
def test_careless_input_is_stopped_with_field_found_and_accepted(adjusting, field, typed, found, accepted):
    for stage in ("read", "save"):
        answer = adjusting.post(stage, **{field: typed}, checks_seen="x", override_reason="sure")
        form = answer.context["form"]
        assert answer.status_code == 422
        said = html.unescape(answer.content.decode())
        label = form.fields[field].label
        assert any(f"{label}: {problem}" in said for problem in form.errors[field])
        assert found in form.errors[field][0]
        assert accepted in form.errors[field][0]
        assert form[field].value() == typed
    assert DoseStep.objects.count() == 1


def test_the_other_fields_are_kept_too(adjusting):
    form = adjusting.post(amount="1e3", reason="LH 1.1").context["form"]
    assert (form["reason"].value(), form["starts_on"].value()) == ("LH 1.1", "2026-03-02")


def test_a_day_that_no_date_box_can_show_stands_in_a_text_box(adjusting):
    answer = adjusting.post(starts_on="02/03/2026")
    assert answer.context["form"].fields["starts_on"].widget.input_type == "text"


@pytest.mark.parametrize("typed", ["2026-03-02", "2 Mar 2026", "2 March 2026", "02 mar 2026"])
def test_a_day_in_words_is_read(adjusting, typed):
    assert adjusting.post(starts_on=typed).context["page"].starts == "from 2 Mar 2026 (today)"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("25.0", "25 mg daily"), ("25", "25 mg daily"), ("12.50", "12.5 mg daily"), (" 25 ", "25 mg daily")],
)
def test_a_dose_is_read_back_without_trailing_zeros(adjusting, typed, shown):
    assert adjusting.post(amount=typed).context["page"].after == shown


@pytest.mark.parametrize("field", ["amount", "frequency", "starts_on", "reason"])
def test_a_field_not_sent_is_a_message(adjusting, field):
    answer = adjusting.post("save", **{field: None})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
