"""The token that a server of somebody else's asks for, in the form of its row."""

from django import forms

from ledger.admin.kept import KeptForm


class BearerForm(KeptForm):
    """Takes another token, or forgets the one there is; shows none."""

    bearer = forms.CharField(
        required=False,
        label="Bearer token",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Kept encrypted and never shown. Left empty, the one it has stays.",
    )
    forget_bearer = forms.BooleanField(required=False, label="Forget the token it has")

    def given_bearer(self) -> str | None:
        """The token to keep, "" to forget it, None to leave it."""
        if self.cleaned_data.get("forget_bearer"):
            return ""
        return self.cleaned_data.get("bearer") or None
