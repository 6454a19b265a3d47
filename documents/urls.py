"""Roads to documents."""

from django.urls import path

from documents import views

urlpatterns = [
    path("patients/<uuid:patient_id>/documents/new/", views.document_request, name="document_request"),
    path("patients/<uuid:patient_id>/documents/list/", views.document_list, name="document_list"),
    path("documents/<uuid:document_id>/", views.document, name="document"),
    path("documents/<uuid:document_id>/status/", views.document_status, name="document_status"),
    path("documents/<uuid:document_id>/retry/", views.document_retry, name="document_retry"),
    path("documents/<uuid:document_id>/pdf", views.document_pdf, name="document_pdf"),
]
