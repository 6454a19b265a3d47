"""Roads into labs."""

from django.urls import path, register_converter

from labs.api import views as api
from labs.models import PanelKind
from labs.views import amend, drafts, entry, panels


class KindConverter:
    """The kind of a panel in an address."""

    regex = "|".join(PanelKind.values)

    def to_python(self, value: str) -> PanelKind:
        return PanelKind(value)

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(KindConverter, "panelkind")

urlpatterns = [
    path("patients/<uuid:patient_id>/panels/new/<panelkind:kind>/", entry.panel_new, name="panel_new"),
    path("patients/<uuid:patient_id>/panels/check/<panelkind:kind>/", entry.panel_check, name="panel_check"),
    path("patients/<uuid:patient_id>/panels/draft/<panelkind:kind>/", drafts.panel_draft, name="panel_draft"),
    path(
        "patients/<uuid:patient_id>/panels/draft/<panelkind:kind>/discard/",
        drafts.panel_draft_discard,
        name="panel_draft_discard",
    ),
    path("panels/<uuid:panel_id>/", panels.panel, name="panel"),
    path("panels/<uuid:panel_id>/amend/", amend.panel_amend, name="panel_amend"),
    path("panels/<uuid:panel_id>/review/", panels.panel_review, name="panel_review"),
    path("panels/<uuid:panel_id>/release/", panels.panel_release, name="panel_release"),
    path("api/v1/laboratories", api.LaboratoriesView.as_view(), name="api_laboratories"),
    path("api/v1/patients/<uuid:patient_id>/panels", api.RecordingView.as_view(), name="api_panels"),
    path("api/v1/panels/<uuid:panel_id>", api.PanelView.as_view(), name="api_panel"),
    path("api/v1/panels/<uuid:panel_id>/amendments", api.AmendmentView.as_view(), name="api_panel_amend"),
]
