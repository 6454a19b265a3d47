"""Roads into portal: the reader's own record only, so that no address names a patient."""

from django.urls import path

from portal import views

urlpatterns = [
    path("", views.my_recovery, name="my_recovery"),
    path("results/", views.my_results, name="my_results"),
    path("recovery-chart.svg", views.my_chart_svg, name="my_chart_svg"),
]
