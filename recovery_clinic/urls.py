"""Every road into the product."""

from django.urls import include, path

from recovery_clinic import api, health, views

urlpatterns = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("health/behind", health.behind, name="health_behind"),
    path("api/v1/schema", api.SchemaView.as_view(), name="api_schema"),
    path("clinic/unfinished/", views.unfinished, name="unfinished"),
    path("account/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("", include("workspace.urls")),
    path("", include("patients.urls")),
    path("", include("labs.urls")),
    path("", include("protocols.urls")),
    path("", include("monitoring.urls")),
    path("", include("timeline.urls")),
    path("", include("documents.urls")),
    path("my/", include("portal.urls")),
]

handler400 = "recovery_clinic.errors.bad_request"
handler403 = "recovery_clinic.errors.forbidden"
handler404 = "recovery_clinic.errors.not_found"
handler500 = "recovery_clinic.errors.server_error"
