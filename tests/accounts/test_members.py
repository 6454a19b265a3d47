"""The members page: who works here, and roles that are given, changed and ended."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts import actions
from accounts.models import Membership, Role
from audit.models import Event
from tests import builders
from tests.proof import a_second_factor, proven


@pytest.fixture
def amy(ada, clinic):
    """The clinic's admin, freshly proven."""
    return builders.acting(builders.a_person("amy", clinic=clinic, role="admin"))


@pytest.fixture
def admin(client, amy):
    return proven(client, amy)


@pytest.fixture
def bens(ben, amy):
    builders.acting(amy)
    return Membership.objects.get(person=ben)


def now(membership):
    return Membership.objects.get(pk=membership.pk)


def give(admin, membership, role, **more):
    form = {"version": membership.version, "role": role, **more}
    return admin.post(reverse("member_role", args=[membership.id]), form)


def end(admin, membership, **more):
    return admin.post(reverse("member_end", args=[membership.id]), {"version": membership.version, **more})


def text_of(answer):
    return " ".join(answer.content.decode().split())


class TestPage:
    def test_members_stand_there_with_their_second_factor_and_patients_do_not(self, admin, ada, ben, cal):
        a_second_factor(ada)
        page = admin.get(reverse("members"))
        shown = {each.person.full_name: bool(each.factors) for each in page.context["members"]}
        assert shown == {"Ada": True, "Amy": False, "Ben": False}
        assert cal.email not in text_of(page)

    def test_recovery_codes_alone_are_no_second_factor(self, admin, ben):
        ben.authenticator_set.create(type="recovery_codes", data={})
        [shown] = [each for each in admin.get(reverse("members")).context["members"] if each.person == ben]
        assert shown.factors == 0

    def test_a_deed_is_asked_with_the_persons_name(self, admin, bens):
        page = text_of(admin.get(reverse("member", args=[bens.id])))
        assert "Change the role of Ben" in page
        assert "End the membership of Ben?" in page

    def test_nobody_is_offered_his_own_role(self, admin, amy):
        own = Membership.objects.get(person=amy)
        assert reverse("member", args=[own.id]) not in text_of(admin.get(reverse("members")))
        page = text_of(admin.get(reverse("member", args=[own.id])))
        assert "This is you" in page
        assert "<form" not in page.split("<main")[1]

    def test_a_patients_membership_is_no_members(self, admin, cal, amy):
        builders.acting(amy)
        his = Membership.objects.get(person=cal)
        assert admin.get(reverse("member", args=[his.id])).status_code == 404
        assert give(admin, his, "admin").status_code == 404
        assert end(admin, his).status_code == 404


class TestChanging:
    def test_a_role_counts_from_the_next_request_in_every_session(self, admin, ben, bens):
        his = Client()
        his.force_login(ben)
        assert his.get(reverse("worklist")).status_code == 200
        assert give(admin, bens, "admin").url == reverse("members")
        assert his.get(reverse("worklist")).status_code == 403
        assert his.get(reverse("members")).status_code == 200

    def test_it_is_in_the_record_by_ids(self, admin, amy, bens):
        give(admin, bens, "clinician")
        row = Event.objects.get(action="accounts.membership.changed")
        assert (row.actor_id, row.object_id, row.code) == (amy.id, str(bens.id), "U")
        assert row.details == {"was": "staff", "role": "clinician"}

    def test_it_asks_for_a_fresh_proof(self, client, amy, bens):
        proven(client, amy, minutes_ago=6)
        answer = give(client, bens, "admin")
        assert answer.url.startswith(reverse("account_reauthenticate"))
        assert now(bens).role == Role.STAFF
        client.post(answer.url, {"password": builders.PASSWORD})
        assert now(bens).role == Role.ADMIN

    @pytest.mark.parametrize("role", ["patient", "", "owner", "ADMIN"])
    def test_another_role_than_a_members_is_refused(self, admin, bens, role):
        assert give(admin, bens, role).status_code == 422
        assert now(bens).role == Role.STAFF

    def test_nobody_raises_or_lowers_himself(self, admin, amy):
        own = Membership.objects.get(person=amy)
        builders.a_person("dora", clinic=own.clinic, role="admin")
        builders.acting(amy)
        assert give(admin, own, "staff").status_code == 422
        assert now(own).role == Role.ADMIN

    def test_a_grantor_who_is_no_admin_any_more_grants_nothing(self, amy, bens, clinic):
        """His standing was read before another admin lowered him."""
        dora = builders.a_person("dora", clinic=clinic, role="admin")
        builders.acting(amy)
        doras = Membership.objects.get(person=dora)
        builders.acting(dora)
        actions.change_role(doras, role=Role.STAFF, read_version=doras.version, by=amy)
        with pytest.raises(actions.NotPossible, match="none any more"):
            actions.change_role(bens, role=Role.ADMIN, read_version=bens.version, by=dora)


class TestEnding:
    def test_it_ends_every_session_of_that_person(self, admin, ben, bens):
        his = [Client(), Client()]
        for each in his:
            each.force_login(ben)
            assert each.get(reverse("worklist")).status_code == 200
        assert end(admin, bens).url == reverse("members")
        assert [each.get(reverse("worklist")).status_code for each in his] == [404, 404]
        assert Event.objects.get(action="accounts.membership.ended").details == {}

    def test_the_last_admin_stays(self, ada, clinic):
        amy = builders.acting(builders.a_person("amy", clinic=clinic, role="admin"))
        amys = Membership.objects.get(person=amy)
        with pytest.raises(actions.NotPossible, match="without an admin"):
            actions.remove_member(amys, read_version=amys.version, by=ada)
        assert now(amys).ended_at is None

    def test_one_of_two_admins_may_go(self, admin, clinic, amy):
        dora = builders.a_person("dora", clinic=clinic, role="admin")
        builders.acting(amy)
        assert end(admin, Membership.objects.get(person=dora)).status_code == 302

    def test_nobody_ends_himself(self, admin, amy, clinic):
        builders.a_person("dora", clinic=clinic, role="admin")
        builders.acting(amy)
        assert end(admin, Membership.objects.get(person=amy)).status_code == 422


class TestVersions:
    @pytest.mark.parametrize("version", [None, "", "x", "-1", "٢", "9" * 20])
    def test_a_form_without_a_version_is_refused(self, admin, bens, version):
        for name in ("member_role", "member_end"):
            form = {"role": "admin"} | ({} if version is None else {"version": version})
            assert admin.post(reverse(name, args=[bens.id]), form).status_code == 428
        assert now(bens).role == Role.STAFF

    def test_an_outdated_form_is_shown_both_sides(self, admin, bens):
        give(admin, bens, "clinician")
        answer = give(admin, bens, "admin")
        assert answer.status_code == 409
        on_file, wanted = text_of(answer).split('id="wanted"')
        assert "Clinician" in on_file.split('id="on-file"')[1]
        assert "Role: Clinic admin" in wanted
        assert now(bens).role == Role.CLINICIAN

    def test_ending_twice_says_that_it_has_ended(self, admin, bens):
        end(admin, bens)
        answer = end(admin, bens)
        assert answer.status_code == 409
        assert "<dt>Ended</dt>" in text_of(answer)
        assert Event.objects.filter(action="accounts.membership.ended").count() == 1
