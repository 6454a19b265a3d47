"""What the treatment pages read; every message names what was found and what is accepted."""

from protocols.forms.changing import ChangeForm
from protocols.forms.ordering import ConfirmForm, DoseForm

__all__ = ["ChangeForm", "ConfirmForm", "DoseForm"]
