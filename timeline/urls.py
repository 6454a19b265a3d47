"""Roads into timeline."""

from django.urls import path

from timeline import views

urlpatterns = [
    path("patients/<uuid:patient_id>/recovery-chart.json", views.recovery_chart, name="recovery_chart"),
    path(
        "patients/<uuid:patient_id>/recovery-chart.svg", views.recovery_chart_svg, name="recovery_chart_svg"
    ),
]
