"""Roads to registration, episodes and observations."""

from django.urls import path

from patients.views import patients

urlpatterns = [
    path("patients/new/", patients.register, name="patient_register"),
    path("patients/<uuid:patient_id>/episode/new/", patients.episode_open, name="episode_open"),
    path(
        "patients/<uuid:patient_id>/episode/last-dose/", patients.episode_last_dose, name="episode_last_dose"
    ),
    path("patients/<uuid:patient_id>/observations/new/", patients.observe, name="observe"),
]
