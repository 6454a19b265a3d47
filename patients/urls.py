"""Roads to registration, episodes, observations, notes, restrictions and emergency access."""

from django.urls import path

from patients import api
from patients.views import emergencies, notes, patients, portal, restricting

urlpatterns = [
    path("patients/new/", patients.register, name="patient_register"),
    path("patients/<uuid:patient_id>/episode/new/", patients.episode_open, name="episode_open"),
    path(
        "patients/<uuid:patient_id>/episode/last-dose/", patients.episode_last_dose, name="episode_last_dose"
    ),
    path("patients/<uuid:patient_id>/portal/", portal.portal_access, name="portal_access"),
    path("patients/<uuid:patient_id>/portal/invite/", portal.portal_invite, name="portal_invite"),
    path("patients/<uuid:patient_id>/portal/resend/", portal.portal_resend, name="portal_resend"),
    path("patients/<uuid:patient_id>/portal/withdraw/", portal.portal_withdraw, name="portal_withdraw"),
    path("join-portal/", portal.portal_join, name="portal_join"),
    path("patients/<uuid:patient_id>/observations/new/", patients.observe, name="observe"),
    path("patients/<uuid:patient_id>/notes/new/", notes.note_new, name="note_new"),
    path("patients/<uuid:patient_id>/notes/sign/", notes.note_sign, name="note_sign"),
    path("patients/<uuid:patient_id>/notes/discard/", notes.note_discard, name="note_discard"),
    path("notes/<uuid:note_id>/", notes.note, name="note"),
    path("api/v1/patients", api.PatientsView.as_view(), name="api_patients"),
    path("api/v1/patients/search", api.PatientSearchView.as_view(), name="api_patient_search"),
    path("api/v1/patients/<uuid:patient_id>", api.PatientView.as_view(), name="api_patient"),
    path("patients/<uuid:patient_id>/emergency/", emergencies.emergency_open, name="emergency_open"),
    path("emergencies/<uuid:emergency_id>/end/", emergencies.emergency_end, name="emergency_end"),
    path("patients/<uuid:patient_id>/restriction/", restricting.restriction, name="restriction"),
    path(
        "patients/<uuid:patient_id>/restriction/place/",
        restricting.restriction_place,
        name="restriction_place",
    ),
    path(
        "restrictions/<uuid:restriction_id>/carers/",
        restricting.restriction_carers,
        name="restriction_carers",
    ),
    path("restrictions/<uuid:restriction_id>/lift/", restricting.restriction_lift, name="restriction_lift"),
]
