"""Roads into the workspace."""

from django.urls import path

from workspace.views import access, emergencies, pages, tokens

urlpatterns = [
    path("clinic/emergencies/", emergencies.emergencies, name="emergencies"),
    path("clinic/emergencies/<uuid:emergency_id>/", emergencies.emergency, name="emergency"),
    path(
        "clinic/emergencies/<uuid:emergency_id>/notice/",
        emergencies.emergency_notice,
        name="emergency_notice",
    ),
    path("worklist/", pages.worklist, name="worklist"),
    path("worklist/rows/", pages.worklist_rows, name="worklist_rows"),
    path("patients/", pages.patients, name="patients"),
    path("patients/<uuid:patient_id>/", pages.chart, name="chart"),
    path("patients/<uuid:patient_id>/flags/", pages.chart_flags, name="chart_flags"),
    path("patients/<uuid:patient_id>/labs/", pages.chart_labs, name="chart_labs"),
    path("patients/<uuid:patient_id>/treatment/", pages.chart_treatment, name="chart_treatment"),
    path("patients/<uuid:patient_id>/timeline/", pages.chart_timeline, name="chart_timeline"),
    path("patients/<uuid:patient_id>/documents/", pages.chart_documents, name="chart_documents"),
    path("patients/<uuid:patient_id>/notes/", pages.chart_notes, name="chart_notes"),
    path("patients/<uuid:patient_id>/access/", access.chart_access, name="chart_access"),
    path("clinic/", pages.clinic_settings, name="clinic_settings"),
    path("clinic/programs/", tokens.tokens, name="tokens"),
    path("clinic/programs/new/", tokens.token_create, name="token_create"),
    path("clinic/programs/<uuid:token_id>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("clinic/access/", access.access_search, name="access_search"),
    path("clinic/access/<uuid:patient_id>/", access.access_report, name="access_report"),
    path("clinic/access/<uuid:patient_id>/csv/", access.access_report_csv, name="access_report_csv"),
]
