"""Roads into the treatment pages."""

from django.urls import path

from protocols import views

urlpatterns = [
    path("patients/<uuid:patient_id>/courses/new/", views.course_start, name="course_start"),
    path("patients/<uuid:patient_id>/doses/check/", views.dose_check, name="dose_check"),
    path("courses/<uuid:course_id>/adjust/", views.dose_adjust, name="dose_adjust"),
    path("courses/<uuid:course_id>/stop/", views.course_stop, name="course_stop"),
    path("courses/<uuid:course_id>/hold/", views.course_hold, name="course_hold"),
    path("courses/<uuid:course_id>/resume/", views.course_resume, name="course_resume"),
]
