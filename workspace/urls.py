"""Roads into the workspace."""

from django.urls import path

from workspace import views

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
    path("clinic/", views.clinic_settings, name="clinic_settings"),
]
