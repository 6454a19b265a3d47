"""Roads to flags, retests, evaluations and dry runs."""

from django.urls import path

from monitoring import api
from monitoring.views import cut_offs, dry_runs, flags

urlpatterns = [
    path("flags/<uuid:flag_id>/", flags.flag, name="flag"),
    path("flags/<uuid:flag_id>/acknowledge/", flags.flag_acknowledge, name="flag_acknowledge"),
    path("retests/<uuid:retest_id>/waive/", flags.retest_waive, name="retest_waive"),
    path("episodes/<uuid:episode_id>/evaluate/", flags.evaluation_retry, name="evaluation_retry"),
    path("rulebook/cut-offs/", cut_offs.cut_offs, name="cut_offs"),
    path("rulebook/dry-runs/", dry_runs.dry_runs, name="dry_runs"),
    path("rulebook/dry-runs/<uuid:dry_run_id>/", dry_runs.dry_run, name="dry_run"),
    path("rulebook/dry-runs/<uuid:dry_run_id>/status/", dry_runs.dry_run_status, name="dry_run_status"),
    path("rulebook/dry-runs/<uuid:dry_run_id>/retry/", dry_runs.dry_run_retry, name="dry_run_retry"),
    path("api/v1/patients/<uuid:patient_id>/flags", api.FlagsView.as_view(), name="api_flags"),
    path("api/v1/patients/<uuid:patient_id>/retests", api.RetestsView.as_view(), name="api_retests"),
]
