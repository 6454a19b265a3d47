"""What an admin says about a member, and what somebody who is invited says about himself."""

from typing import Any

from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from django import forms
from django.contrib.auth import password_validation
from django.http import HttpRequest

from accounts import actions
from accounts.models import MEMBERS, Person, Role

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


class InviteForm(RoleForm):
    """Whom to invite, and to which role."""

    email = forms.EmailField(label="E-mail", max_length=254)
    field_order = ["email", "role"]


class NewPersonForm(forms.Form):
    """Somebody who is new to this installation: what he is called, and his password."""

    full_name = forms.CharField(
        label="Your name", max_length=160, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password1 = forms.CharField(
        label="Password",
        strip=False,
        max_length=256,
        help_text="At least 12 characters; several words are good.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label="The same password again",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, data: Any = None, *, email: str) -> None:
        super().__init__(data)
        self.email = email

    def clean(self) -> dict[str, Any]:
        """Both passwords alike, and good enough for whoever has this name and address."""
        said = super().clean() or {}
        first, second = said.get("password1"), said.get("password2")
        if first and second and first != second:
            self.add_error("password2", "Found another one than above. Accepted: the same password twice.")
        elif first:
            self._refuse_weak(first, Person(email=self.email, full_name=said.get("full_name", "")))
        return said

    def _refuse_weak(self, password: str, person: Person) -> None:
        try:
            password_validation.validate_password(password, person)
        except forms.ValidationError as weak:
            self.add_error("password1", weak)


class ResetPasswordForm(AllauthResetPasswordForm):
    """Which address forgot its password. Nobody is looked up here: every address takes the same time."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Remember what was asked; a worker finds out whether there is anybody to send a link to."""
        actions.ask_for_reset(email=self.cleaned_data["email"])
        return str(self.cleaned_data["email"])
