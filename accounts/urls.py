"""Where people go first, and the pages of a clinic's members."""

from django.urls import path

from accounts.views import doors, invitations, joining, members, oidc

urlpatterns = [
    path("", doors.home, name="home"),
    path("choose-clinic/", doors.clinic_choose, name="clinic_choose"),
    path("clinic/members/", members.members, name="members"),
    path("clinic/members/invite/", invitations.invitation_new, name="invitation_new"),
    path(
        "clinic/invitations/<uuid:invitation_id>/resend/",
        invitations.invitation_resend,
        name="invitation_resend",
    ),
    path(
        "clinic/invitations/<uuid:invitation_id>/withdraw/",
        invitations.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("account/oidc/", oidc.oidc_leave, name="oidc_leave"),
    path("account/oidc/back/", oidc.oidc_back, name="oidc_back"),
    path("join/", joining.join, name="join"),
    path("join/<str:token>/", joining.join_link, name="join_link"),
    path("clinic/members/<uuid:membership_id>/", members.member, name="member"),
    path("clinic/members/<uuid:membership_id>/role/", members.member_role, name="member_role"),
    path("clinic/members/<uuid:membership_id>/end/", members.member_end, name="member_end"),
]
