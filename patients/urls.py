"""Roads to registration, episodes and observations."""

from django.urls import path

from patients import views

urlpatterns = [
    path("patients/new/", views.register, name="patient_register"),
    path("patients/<uuid:patient_id>/episode/new/", views.episode_open, name="episode_open"),
    path("patients/<uuid:patient_id>/episode/last-dose/", views.episode_last_dose, name="episode_last_dose"),
    path("patients/<uuid:patient_id>/observations/new/", views.observe, name="observe"),
]
