"""What an admin says about a member."""

from django import forms

from accounts.models import MEMBERS, Role

WHAT_A_ROLE_DOES = {
    Role.CLINICIAN: "sees every record, orders doses, reviews and releases results",
    Role.STAFF: "registers patients, enters results, prints; orders nothing",
    Role.ADMIN: "members, laboratories and access reports; sees no record",
}


class RoleForm(forms.Form):
    """One of the roles that a member may have."""

    role = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[(role.value, f"{role.label}: {WHAT_A_ROLE_DOES[role]}") for role in MEMBERS],
    )

    @property
    def chosen(self) -> Role:
        """The role, of a form that is valid."""
        return Role(self.cleaned_data["role"])
