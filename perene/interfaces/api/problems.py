"""Every no of the API as application/problem+json (RFC 9457): a stable `code`, and Portuguese for whoever reads it.

A Refusal answers 422 when what was sent can never be done, and 409 when it could be if what is there were otherwise. Its code
says which: `is_about_input`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.kit import texts
from perene.rules.refusals import Refusal

CONTENT_TYPE = "application/problem+json"

_INPUT = re.compile(
    r"^(invalid|unknown|bad|weak)_"
    r"|_(missing|unknown|out_of_range|malformed|negative|zero|too_long|too_large|too_high|twice|not_printable|not_increasing"
    r"|not_open_ended|not_positive|needs_new_name|needs_new_code|before_start|above_price)$"
)

TITLES: Mapping[int, str | Promise] = {
    400: _("The request cannot be read"),
    401: _("The key is missing or opens nothing"),
    403: _("The key may not do this"),
    404: _("Not found"),
    405: _("This address does not do that"),
    409: _("Not possible as things stand"),
    413: _("The request is too large"),
    415: _("Only JSON is read here"),
    422: _("Something that was sent cannot be"),
    429: _("Too many requests"),
    500: _("Something broke on our side"),
    503: _("The service is not available now"),
}


class Problem(Exception):
    """Ends a request with this answer. `detail` is for a person, in Portuguese; `errors` name fields."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(code, detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}
        self.members = members


def answer(problem: Problem) -> HttpResponse:
    """The problem as it goes over the wire."""
    body: dict[str, Any] = {
        "type": f"urn:perene:problem:{problem.code}",
        "title": str(TITLES[problem.status]),
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": list(problem.errors),
        **problem.members,
    }
    return HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=dict(problem.headers),
    )


def of_refusal(refusal: Refusal) -> Problem:
    """The business says no."""
    return Problem(422 if is_about_input(refusal.code) else 409, refusal.code, texts.render(refusal))


def is_about_input(code: str) -> bool:
    """Whether a Refusal's code says that what was sent can never be: it begins with invalid, unknown, bad or weak, or ends
    with missing, unknown, out_of_range, malformed and the like. Any other speaks of the present state of things."""
    return _INPUT.search(code) is not None


def not_found() -> Problem:
    """No such thing, or not for this key: which of both is not told."""
    return Problem(404, "not_found", gettext("There is nothing here that this key may see."))


def not_there(name: str) -> Problem:
    """A field names something that does not exist, or that this key may not see."""
    detail = gettext("It does not exist, or this key may not see it.")
    return Problem(
        422,
        "reference_unknown",
        gettext("The field {name} names something that does not exist.").format(name=name),
        errors=[{"pointer": f"/{name}", "code": "reference_unknown", "detail": detail}],
    )


def bad_parameter(name: str, code: str) -> Problem:
    """A parameter of the address that cannot be."""
    detail = gettext("The value of {name} cannot be used here.").format(name=name)
    return Problem(422, code, detail, errors=[{"parameter": name, "code": code, "detail": detail}])


def unknown_parameter(name: str) -> Problem:
    """A parameter of the address that the operation does not have."""
    detail = gettext("There is no parameter {name} here.").format(name=name[:50])
    return Problem(
        422,
        "parameter_unknown",
        detail,
        errors=[{"parameter": name[:50], "code": "parameter_unknown", "detail": detail}],
    )
