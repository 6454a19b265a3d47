"""The clinic's own protocols: drafted by one clinician, reviewed by another, published once and for all."""

import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actions import KeyUsed, Overtaken
from audit.models import Event
from clinical.protocols import from_json
from clinical.rulebook import load_rulebook
from protocols import actions
from protocols.models import ProtocolVersion, VersionState, VersionStep
from tests import builders
from tests.house.deeds import DEEDS

SERM = load_rulebook().protocols.by_key["serm"].content


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def dora(ada, clinic):
    """A second clinician."""
    dora = builders.a_person("dora", clinic=clinic, role="clinician", password=None)
    builders.acting(ada)
    return dora


@pytest.fixture
def draft(ada):
    return builders.a_draft_protocol(ada, name="Ours")


def to_review(draft, by):
    return actions.move_version(
        draft, to=VersionState.IN_REVIEW, read_version=draft.version, by=builders.acting(by)
    )


def published(draft, writer, reviewer):
    waiting = to_review(draft, writer)
    return actions.publish_version(waiting, read_version=waiting.version, by=builders.acting(reviewer))


def test_a_copy_says_the_same_and_remembers_what_it_was_copied_from(draft):
    assert draft.says == replace(SERM, name="Ours")
    assert (draft.number, draft.state, draft.protocol.copied_from) == (1, "draft", "serm 1")
    assert draft.protocol.key.startswith("own-")


def test_begun_twice_with_one_key_is_once(ada, dora):
    words = {"copied_from": "serm 1", "entry_key": uuid.uuid4()}
    first, again = (actions.begin_protocol(SERM, by=ada, **words) for _ in range(2))
    assert first == again
    with pytest.raises(KeyUsed):
        actions.begin_protocol(SERM, by=builders.acting(dora), **words)


def test_a_second_person_publishes_and_each_step_is_kept(draft, ada, dora):
    version = published(draft, ada, dora)
    assert (version.state, version.written_by, version.reviewed_by) == ("published", ada, dora)
    steps = VersionStep.objects.order_by("taken_at").values_list("became", "taken_by__full_name")
    assert set(steps) == {("draft", "Ada"), ("in_review", "Ada"), ("published", "Dora")}
    deeds = Event.objects.filter(object_id=str(version.id)).order_by("id").values_list("action", flat=True)
    assert [deed.rpartition(".")[2] for deed in deeds] == ["created", "submitted", "published"]


def test_its_writer_does_not_publish_it(draft, ada):
    waiting = to_review(draft, ada)
    with pytest.raises(actions.NotPossible, match="Accepted: a review by another clinician"):
        actions.publish_version(waiting, read_version=waiting.version, by=ada)


def test_the_database_knows_it_too(draft, ada):
    waiting = to_review(draft, ada)
    own = {"state": "published", "reviewed_by": ada, "published_at": waiting.begun_at}
    with (
        pytest.raises(IntegrityError, match="a_protocol_is_reviewed_by_a_second_person"),
        transaction.atomic(),
    ):
        ProtocolVersion.objects.filter(pk=waiting.pk).update(**own)
    with pytest.raises(IntegrityError, match="a_published_protocol_was_reviewed"), transaction.atomic():
        ProtocolVersion.objects.filter(pk=waiting.pk).update(state="published")


@pytest.mark.parametrize(
    "change",
    [
        {"content": {}},
        {"change_note": "other"},
        {"number": 9},
        {"state": "draft", "reviewed_by": None, "published_at": None},
        {"reviewed_by_id": uuid.UUID(int=1)},
    ],
)
def test_what_is_published_never_changes_even_by_sql(draft, ada, dora, change):
    version = published(draft, ada, dora)
    rows = ProtocolVersion.objects.filter(pk=version.pk)
    with pytest.raises(DatabaseError, match="a published protocol never changes"), transaction.atomic():
        rows.update(**change)
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        rows._raw_delete("default")
    assert rows.get().says == replace(SERM, name="Ours")


def test_nor_does_it_change_once_it_is_retired(draft, ada, dora):
    version = published(draft, ada, dora)
    retired = actions.move_version(version, to=VersionState.RETIRED, read_version=version.version, by=dora)
    for change in ({"content": {}}, {"state": "published"}):
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            ProtocolVersion.objects.filter(pk=retired.pk).update(**change)


def test_what_happened_to_a_version_stays(draft):
    with pytest.raises(DatabaseError, match="stays"), transaction.atomic():
        VersionStep.objects.update(words="other")


def test_publishing_the_next_version_retires_the_one_before(draft, ada, dora):
    first = published(draft, ada, dora)
    content = replace(first.says, aim="Better")
    second = actions.begin_version(first.protocol, content=content, by=dora, entry_key=uuid.uuid4())
    second = published(second, dora, ada)
    first.refresh_from_db()
    assert (first.state, second.state, second.number) == ("retired", "published", 2)
    assert first.says.aim == SERM.aim


def test_one_draft_of_a_protocol_is_open_at_a_time(draft, ada):
    with pytest.raises(actions.NotPossible, match="open already"):
        actions.begin_version(draft.protocol, content=SERM, by=ada, entry_key=uuid.uuid4())


def test_only_its_writer_changes_a_draft(draft, dora):
    with pytest.raises(actions.NotPossible, match="Only its writer"):
        actions.write_draft(draft, content=SERM, change_note="", read_version=1, by=builders.acting(dora))


def test_what_is_in_review_is_not_changed(draft, ada):
    waiting = to_review(draft, ada)
    with pytest.raises(actions.NotPossible, match="Only a draft is changed"):
        actions.write_draft(waiting, content=SERM, change_note="", read_version=waiting.version, by=ada)


def test_a_draft_that_was_changed_first_is_overtaken(draft, ada):
    actions.write_draft(draft, content=SERM, change_note="", read_version=1, by=ada)
    with pytest.raises(Overtaken):
        actions.write_draft(draft, content=SERM, change_note="", read_version=1, by=ada)


def test_a_reviewer_gives_it_back_with_words(draft, ada, dora):
    waiting = to_review(draft, ada)
    builders.acting(dora)
    words = {"to": VersionState.DRAFT, "read_version": waiting.version, "by": dora}
    with pytest.raises(actions.NotPossible, match="Accepted: a few words"):
        actions.move_version(waiting, **words)
    back = actions.move_version(waiting, words="Say why 25 mg.", **words)
    assert back.state == "draft"
    assert VersionStep.objects.get(words="Say why 25 mg.").taken_by == dora


@pytest.mark.parametrize("to", [VersionState.PUBLISHED, VersionState.RETIRED])
def test_a_draft_becomes_nothing_without_its_review(draft, ada, to):
    with pytest.raises(actions.NotPossible):
        actions.move_version(draft, to=to, read_version=1, by=ada)


def test_a_draft_that_cannot_be_ordered_is_not_saved(draft, ada):
    wrong = replace(SERM, components=(replace(SERM.components[0], amount=Decimal(0)),))
    with pytest.raises(actions.NotPossible, match="a number above zero"):
        actions.write_draft(draft, content=wrong, change_note="", read_version=1, by=ada)


# The pages


@pytest.fixture
def pages(client, ada, draft):
    client.force_login(ada)
    return client


def edit_form(draft, **typed):
    class Made:
        draft_version = draft

    return {**DEEDS["protocol_edit"](Made, draft.written_by), **typed}


def test_the_library_shows_both_kinds_by_word(pages, ada, dora):
    published(builders.a_draft_protocol(builders.acting(ada), name="House rule"), ada, dora)
    said = text_of(pages.get(reverse("protocols")))
    for words in ("Shipped", "Published", "Draft", "House rule", "Ours", "Label conflict"):
        assert words in said


def test_a_shipped_one_is_copied_by_one_click_and_twice_is_once(pages):
    url, key = reverse("protocol_copy_shipped", args=["gonadorelin-pump"]), uuid.uuid4()
    answers = [pages.post(url, {"entry_key": key}) for _ in range(2)]
    made = ProtocolVersion.objects.get(protocol__copied_from="gonadorelin-pump 1")
    assert {answer.url for answer in answers} == {reverse("protocol_edit", args=[made.id])}


def test_the_form_of_a_draft_saves_what_it_shows(pages, draft):
    url = reverse("protocol_edit", args=[draft.id])
    assert pages.get(url).status_code == 200
    assert pages.post(url, edit_form(draft, aim=draft.says.aim)).status_code == 302
    draft.refresh_from_db()
    assert draft.says == replace(SERM, name="Ours")


@pytest.mark.parametrize("key", load_rulebook().protocols.by_key)
def test_every_shipped_protocol_goes_through_the_form_unchanged(pages, ada, key):
    builders.acting(ada)
    draft = builders.a_draft_protocol(ada, copied=key)
    before = draft.says
    pages.post(reverse("protocol_edit", args=[draft.id]), edit_form(draft, aim=before.aim))
    draft.refresh_from_db()
    assert draft.version == 2
    assert draft.says == before


def test_a_drug_with_a_trigger_is_added_and_a_drug_taken_out(pages, draft):
    typed = {
        "anastrozole-include": "on",
        "anastrozole-amount": "0.5",
        "anastrozole-frequency": "twice_weekly",
        "anastrozole-starts": "trigger",
        "anastrozole-trigger_analyte": "E2",
        "anastrozole-trigger_relation": "above",
        "anastrozole-trigger_value": "50",
        "anastrozole-trigger_draws": "2",
    }
    form = edit_form(draft, **typed)
    pages.post(reverse("protocol_edit", args=[draft.id]), form)
    draft.refresh_from_db()
    later = draft.says.components[-1]
    assert later.trigger.text == "estradiol is above 50 pg/mL on 2 draws"
    assert later.trigger.origin == "the clinic's own limit"
    del form["anastrozole-include"]
    pages.post(reverse("protocol_edit", args=[draft.id]), {**form, "version": 2, "entry_key": uuid.uuid4()})
    draft.refresh_from_db()
    assert draft.says.drugs == ("clomiphene",)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"name": ""}, "This field is required"),
        ({"sources": "Katz 2012"}, "ending in its mark"),
        ({"clomiphene-amount": "25mg"}, "The unit stands beside the box"),
        ({"clomiphene-starts": "trigger"}, "found no trigger"),
        ({"clomiphene-starts": "trigger", "clomiphene-trigger_analyte": "E2"}, "found half a limit"),
        (
            {"clomiphene-starts": "trigger", "clomiphene-trigger_says": "later"},
            "Every drug waits for a trigger",
        ),
    ],
)
def test_what_is_wrong_in_a_draft_is_said_and_nothing_is_saved(pages, draft, typed, says):
    answer = pages.post(reverse("protocol_edit", args=[draft.id]), edit_form(draft, **typed))
    assert answer.status_code == 422
    assert says in text_of(answer)
    draft.refresh_from_db()
    assert draft.version == 1


def test_a_stale_form_is_shown_both_sides(pages, draft, ada):
    form = edit_form(draft, aim="Mine")
    builders.acting(ada)
    actions.write_draft(
        draft, content=replace(draft.says, aim="Theirs"), change_note="", read_version=1, by=ada
    )
    answer = pages.post(reverse("protocol_edit", args=[draft.id]), form)
    assert answer.status_code == 409
    assert "Mine" in text_of(answer)
    assert "Theirs" in text_of(answer)


def test_a_colleague_is_led_from_the_form_to_the_page(pages, draft, dora):
    pages.force_login(dora)
    answer = pages.get(reverse("protocol_edit", args=[draft.id]), follow=True)
    assert "only by its writer" in text_of(answer)


def test_a_review_publishes_and_the_writer_finds_no_form(pages, draft, ada, dora):
    pages.post(reverse("protocol_move", args=[draft.id]), {"to": "in_review", "version": 1})
    url = reverse("protocol_review", args=[draft.id])
    assert "Not yours to review" in text_of(pages.get(url))
    own = {"verdict": "publish", "version": 2, "entry_key": uuid.uuid4()}
    assert "Accepted: a review by another clinician" in text_of(pages.post(url, own))
    pages.force_login(dora)
    assert "Record the review" in text_of(pages.get(url))
    again = {**own, "entry_key": uuid.uuid4()}
    assert "Accepted: a few words" in text_of(pages.post(url, {**again, "verdict": "return"}))
    assert pages.post(url, {**again, "words": "Read with care."}).status_code == 302
    draft.refresh_from_db()
    assert (draft.state, draft.reviewed_by) == ("published", dora)
    said = text_of(pages.get(reverse("protocol_version", args=[draft.id])))
    assert "Read with care." in said
    assert "Begin the next version" in said


def test_a_draft_is_shown_against_what_is_published(pages, draft, ada, dora):
    first = published(draft, ada, dora)
    builders.acting(ada)
    components = (replace(SERM.components[0], amount=Decimal(50)),)
    content = replace(first.says, components=components)
    second = actions.begin_version(first.protocol, content=content, by=ada, entry_key=uuid.uuid4())
    said = text_of(pages.get(reverse("protocol_version", args=[second.id])))
    assert "Against Ours, version 1" in said
    assert "Clomiphene citrate 25 mg every other day, by mouth: starts at the effective stop</del>" in said
    assert "Clomiphene citrate 50 mg every other day, by mouth: starts at the effective stop</ins>" in said


def test_a_discarded_draft_leaves_the_library(pages, draft):
    pages.post(reverse("protocol_move", args=[draft.id]), {"to": "discarded", "version": 1})
    assert "Ours" not in text_of(pages.get(reverse("protocols")))
    assert ProtocolVersion.objects.get().state == "discarded"


def test_staff_read_and_are_offered_no_deed(pages, draft, ben):
    pages.force_login(ben)
    said = text_of(pages.get(reverse("protocol_version", args=[draft.id])))
    assert "Clomiphene citrate" in said
    assert "Send to review" not in said
    assert "Copy into a draft" not in text_of(pages.get(reverse("protocol_shipped", args=["serm"])))


def test_more_versions_ask_no_more_often(pages, draft, ada, dora):
    def asked(url):
        pages.get(url)
        with CaptureQueriesContext(connection) as queries:
            pages.get(url)
        return len(queries)

    urls = [reverse("protocols"), reverse("protocol_version", args=[draft.id])]
    few = [asked(url) for url in urls]
    version = published(draft, ada, dora)
    for number in range(4):
        builders.acting(dora)
        version = actions.begin_version(version.protocol, content=SERM, by=dora, entry_key=uuid.uuid4())
        version = published(version, dora, ada)
        builders.a_draft_protocol(builders.acting(ada), name=f"Number {number}")
    assert [asked(url) for url in urls] == few


def test_the_content_that_is_stored_is_read_as_it_was(draft):
    assert from_json(ProtocolVersion.objects.get().content) == draft.says
