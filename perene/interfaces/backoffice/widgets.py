"""What people type into. Dates are typed as dd/mm/aaaa in a text field: the browser's own picker follows the browser's
language, and 12/01/2026 in an English one is another day."""

from django import forms
from django.utils.translation import gettext


class DateInput(forms.DateInput):
    """A civil date as dd/mm/aaaa; the script puts the slashes while one types digits."""

    def __init__(self) -> None:
        super().__init__(format="%d/%m/%Y")

    def build_attrs(
        self, base_attrs: dict[str, object], extra_attrs: dict[str, object] | None = None
    ) -> dict[str, object]:
        ours = {
            "class": "date",
            "inputmode": "numeric",
            "maxlength": "10",
            "autocomplete": "off",
            "data-date": True,
        }
        return super().build_attrs({**ours, "placeholder": gettext("dd/mm/yyyy"), **base_attrs}, extra_attrs)
