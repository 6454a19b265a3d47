"""Roads into the treatment pages and the protocol library."""

from django.urls import path

from protocols import views

urlpatterns = [
    path("protocols/", views.protocols, name="protocols"),
    path("protocols/library/<slug:shipped>/", views.protocol_shipped, name="protocol_shipped"),
    path("protocols/<uuid:version_id>/", views.protocol_version, name="protocol_version"),
    path("protocols/library/<slug:shipped>/copy/", views.protocol_copy_shipped, name="protocol_copy_shipped"),
    path("protocols/<uuid:version_id>/copy/", views.protocol_copy, name="protocol_copy"),
    path("protocols/<uuid:version_id>/edit/", views.protocol_edit, name="protocol_edit"),
    path("protocols/<uuid:version_id>/move/", views.protocol_move, name="protocol_move"),
    path("protocols/<uuid:version_id>/review/", views.protocol_review, name="protocol_review"),
    path("patients/<uuid:patient_id>/protocols/", views.protocol_choose, name="protocol_choose"),
    path("patients/<uuid:patient_id>/protocols/<slug:chosen>/", views.protocol_start, name="protocol_start"),
    path("patients/<uuid:patient_id>/courses/new/", views.course_start, name="course_start"),
    path("patients/<uuid:patient_id>/doses/check/", views.dose_check, name="dose_check"),
    path("courses/<uuid:course_id>/adjust/", views.dose_adjust, name="dose_adjust"),
    path("courses/<uuid:course_id>/stop/", views.course_stop, name="course_stop"),
    path("courses/<uuid:course_id>/hold/", views.course_hold, name="course_hold"),
    path("courses/<uuid:course_id>/resume/", views.course_resume, name="course_resume"),
]
