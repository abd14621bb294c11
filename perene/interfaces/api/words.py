"""What is wrong with a field, in Portuguese."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.interfaces.api.problems import Problem

_WORDS: Mapping[str, str | Promise] = {
    "missing": _("It is required."),
    "extra_forbidden": _("There is no field of this name here."),
    "int_type": _("Give a whole number, without quotes."),
    "int_parsing": _("Give a whole number."),
    "int_from_float": _("Give a whole number."),
    "string_type": _("Give a text."),
    "bool_type": _("Give true or false."),
    "bool_parsing": _("Give true or false."),
    "list_type": _("Give a list."),
    "dict_type": _("Give an object."),
    "model_attributes_type": _("Give an object."),
    "model_type": _("Give an object."),
    "day": _("Give a day as yyyy-mm-dd, from 1900 to 2199."),
    "number": _("Give a decimal number as a text, such as “1.5”, with up to six places."),
    "uuid_parsing": _("Give an id as it was answered (a UUID)."),
    "uuid_type": _("Give an id as it was answered (a UUID)."),
    "string_too_short": _("It must not be empty."),
    "string_too_long": _("It is too long: at most {max_length} characters."),
    "too_long": _("It has too many entries: at most {max_length}."),
    "too_short": _("It has too few entries: at least {min_length}."),
    "greater_than": _("It must be greater than {gt}."),
    "greater_than_equal": _("It must be at least {ge}."),
    "less_than": _("It must be less than {lt}."),
    "less_than_equal": _("It must be at most {le}."),
    "literal_error": _("It must be one of: {expected}."),
    "enum": _("It must be one of: {expected}."),
}


def problem(found: Sequence[Mapping[str, Any]]) -> Problem:
    """422, with each field that cannot be."""
    return Problem(
        422,
        "validation_failed",
        gettext("Some of what was sent cannot be: see “errors”, and send it again."),
        errors=[_error(one) for one in found],
    )


def _error(found: Mapping[str, Any]) -> dict[str, str]:
    kind = str(found["type"])
    said = str(_WORDS.get(kind, _("The value cannot be used.")))
    place, *rest = found["loc"]
    # The body is one parameter of the function, whose name is nobody's business.
    where = (
        {"pointer": "".join(f"/{each}" for each in rest[1:])}
        if place == "body"
        else {"parameter": str(rest[-1])}
    )
    return where | {"code": kind, "detail": said.format(**found.get("ctx", {}))}
