"""What the treatment pages read; every message names what was found and what is accepted."""

from protocols.forms.changing import ChangeForm
from protocols.forms.ordering import ConfirmForm, DoseForm
from protocols.forms.together import PartForm, TogetherConfirmForm, WhyForm
from protocols.forms.writing import (
    ComponentForm,
    DraftForm,
    ReviewForm,
    component_forms,
    content_of,
)

__all__ = [
    "ChangeForm",
    "ComponentForm",
    "ConfirmForm",
    "DoseForm",
    "DraftForm",
    "PartForm",
    "ReviewForm",
    "TogetherConfirmForm",
    "WhyForm",
    "component_forms",
    "content_of",
]
