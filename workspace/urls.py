"""Roads into the workspace."""

from django.urls import path

from workspace import access_views, views

urlpatterns = [
    path("worklist/", views.worklist, name="worklist"),
    path("worklist/rows/", views.worklist_rows, name="worklist_rows"),
    path("patients/", views.patients, name="patients"),
    path("patients/<uuid:patient_id>/", views.chart, name="chart"),
    path("patients/<uuid:patient_id>/flags/", views.chart_flags, name="chart_flags"),
    path("patients/<uuid:patient_id>/labs/", views.chart_labs, name="chart_labs"),
    path("patients/<uuid:patient_id>/treatment/", views.chart_treatment, name="chart_treatment"),
    path("patients/<uuid:patient_id>/timeline/", views.chart_timeline, name="chart_timeline"),
    path("patients/<uuid:patient_id>/documents/", views.chart_documents, name="chart_documents"),
    path("patients/<uuid:patient_id>/access/", access_views.chart_access, name="chart_access"),
    path("clinic/", views.clinic_settings, name="clinic_settings"),
    path("clinic/access/", access_views.access_search, name="access_search"),
    path("clinic/access/<uuid:patient_id>/", access_views.access_report, name="access_report"),
    path("clinic/access/<uuid:patient_id>/csv/", access_views.access_report_csv, name="access_report_csv"),
]
