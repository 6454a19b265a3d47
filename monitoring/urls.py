"""Roads to flags, retests and evaluations."""

from django.urls import path

from monitoring import api, views

urlpatterns = [
    path("flags/<uuid:flag_id>/", views.flag, name="flag"),
    path("flags/<uuid:flag_id>/acknowledge/", views.flag_acknowledge, name="flag_acknowledge"),
    path("retests/<uuid:retest_id>/waive/", views.retest_waive, name="retest_waive"),
    path("episodes/<uuid:episode_id>/evaluate/", views.evaluation_retry, name="evaluation_retry"),
    path("api/v1/patients/<uuid:patient_id>/flags", api.FlagsView.as_view(), name="api_flags"),
    path("api/v1/patients/<uuid:patient_id>/retests", api.RetestsView.as_view(), name="api_retests"),
]
