"""Where people go first, and the pages of a clinic's members."""

from django.urls import path

from accounts.views import doors, members

urlpatterns = [
    path("", doors.home, name="home"),
    path("clinic/members/", members.members, name="members"),
    path("clinic/members/<uuid:membership_id>/", members.member, name="member"),
    path("clinic/members/<uuid:membership_id>/role/", members.member_role, name="member_role"),
    path("clinic/members/<uuid:membership_id>/end/", members.member_end, name="member_end"),
]
