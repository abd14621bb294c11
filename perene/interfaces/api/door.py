"""What every request to the API passes: who asks, whether they may ask now, and what they brought. Whatever goes wrong in
here or behind it is answered as a problem, never as a page."""

import functools
import json
import logging
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig, TooManyFieldsSent
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext

from perene.actions import api_keys as api_key_actions
from perene.apps.organizations import api_keys, clock, organizations
from perene.apps.organizations.api_keys import Caller
from perene.apps.organizations.models import Organization
from perene.interfaces.api import problems
from perene.interfaces.api.limits import Limit
from perene.interfaces.api.problems import Problem
from perene.kit import clock as real_clock
from perene.kit import tenancy
from perene.rules.refusals import Refusal

log = logging.getLogger(__name__)

WITH_BODY = ("POST", "PUT", "PATCH")
LARGEST_BODY = 1024 * 1024
DEEPEST_BODY = 20
_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="perene"'}

limit = Limit(settings.API_REQUESTS_PER_MINUTE)


class ApiRequest(HttpRequest):
    """A request of a key, as the door hands it on. `unit_ids` None = all units; `now` is real, `today` the organization's.
    `body_json` is what it brought, None for nothing."""

    caller: Caller
    organization: Organization
    unit_ids: frozenset[UUID] | None
    now: datetime
    today: date
    body_json: Any


def through(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For an operation: only with a key."""
    return _guarded(view, lambda request, given: _entered(view, request, given))


def open_to_all(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For the description of the API and for addresses that do not exist."""
    return _guarded(view, lambda request, given: view(request, **given))


def nothing_here(request: HttpRequest, **given: Any) -> HttpResponseBase:
    """Whatever else lies under /api/."""
    raise Problem(404, "address_unknown", gettext("There is nothing at this address: see /api/v1/docs."))


def _guarded(
    view: Callable[..., HttpResponseBase], answered: Callable[[HttpRequest, dict[str, Any]], HttpResponseBase]
) -> Callable[..., HttpResponseBase]:
    @functools.wraps(view)
    def guarded(request: HttpRequest, **given: Any) -> HttpResponseBase:
        try:
            return _as_problem(answered(request, given))
        except Exception as error:
            return problems.answer(problem_of(error))

    guarded.is_public = True  # type: ignore[attr-defined]
    guarded.csrf_exempt = True  # type: ignore[attr-defined]
    return guarded


def problem_of(error: Exception) -> Problem:
    """What a caller is told of whatever was raised."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Refusal):
        return problems.of_refusal(error)
    if isinstance(error, Http404 | ObjectDoesNotExist):
        return problems.not_found()
    incident = secrets.token_hex(8)
    log.error("api incident %s", incident, exc_info=error)
    if isinstance(error, OperationalError | InterfaceError):
        return Problem(
            503,
            "database_unavailable",
            gettext("The database does not answer: ask again in a moment."),
            headers={"Retry-After": "5"},
            incident=incident,
        )
    return Problem(
        500,
        "internal_error",
        gettext(
            "An error of the system, noted as {incident}: ask again, or tell whoever runs this server."
        ).format(incident=incident),
        incident=incident,
    )


def _as_problem(response: HttpResponseBase) -> HttpResponseBase:
    """What Django or ninja say by themselves, said as a problem."""
    if response.status_code == 405:
        allowed = ", ".join(sorted(response.headers.get("Allow", "").split(", ")))
        detail = gettext("This address takes {methods}.").format(methods=allowed)
        return problems.answer(Problem(405, "method_not_allowed", detail, headers={"Allow": allowed}))
    return response


def _entered(
    view: Callable[..., HttpResponseBase], request: HttpRequest, given: dict[str, Any]
) -> HttpResponseBase:
    now = real_clock.now()
    found = api_keys.where(_secret(request))
    if found is None:
        raise _unauthorized()
    key_id, organization_id = found
    # Whatever is done is noted under the key's id, where a person's would stand.
    with tenancy.organization(organization_id, person_id=key_id):
        known = api_keys.caller(key_id, now=now)
        if known is None:
            raise _unauthorized()
        caller, used_on = known
        if wait := limit.wait_seconds(key_id, now=now):
            raise Problem(
                429,
                "too_many_requests",
                gettext("This key asked too often: wait {seconds} seconds.").format(seconds=wait),
                headers={"Retry-After": str(wait)},
            )
        if used_on != now.date():
            api_key_actions.note_use(key_id, on=now.date())
        return view(_introduced(request, caller, now=now), **given)


def _introduced(request: HttpRequest, caller: Caller, *, now: datetime) -> ApiRequest:
    ours = cast(ApiRequest, request)
    ours.caller = caller
    ours.unit_ids = caller.unit_ids
    ours.organization = organizations.present()
    ours.now = now
    ours.today = clock.today(ours.organization, now=now)
    ours.body_json = _brought(request)
    return ours


def _secret(request: HttpRequest) -> str:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if kind.lower() != "bearer" or not secret:
        raise Problem(
            401,
            "key_missing",
            gettext("Send your API key in the header Authorization, after “Bearer”."),
            headers=_CHALLENGE,
        )
    if len(secret) > 200 or not secret.isascii() or _UNPRINTABLE.search(secret):
        raise _unauthorized()
    return secret


def _unauthorized() -> Problem:
    return Problem(
        401,
        "key_unknown",
        gettext("This key opens nothing: it is unknown, revoked or expired."),
        headers=_CHALLENGE | {"WWW-Authenticate": 'Bearer realm="perene", error="invalid_token"'},
    )


def _brought(request: HttpRequest) -> Any:
    """The JSON of the body; None when there is none. Nothing in it or in the address that PostgreSQL could not store."""
    if any(_UNPRINTABLE.search(text) for text in _texts(list(request.GET.lists()))):
        raise _unprintable()
    if request.method not in WITH_BODY:
        return None
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
        raise _too_large()
    try:
        body = request.body
    except (RequestDataTooBig, TooManyFieldsSent):
        raise _too_large() from None
    if not body:
        return None
    if request.content_type != "application/json":
        raise Problem(
            415, "json_only", gettext("Send the body as JSON, with Content-Type: application/json.")
        )
    try:
        found = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Problem(400, "json_malformed", gettext("The body is not JSON.")) from None
    if any(_UNPRINTABLE.search(text) for text in _texts(found)):
        raise _unprintable()
    return found


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Every text in a JSON value."""
    if depth > DEEPEST_BODY:
        raise Problem(400, "json_malformed", gettext("The body is not JSON."))
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from _texts(each, depth + 1)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each, depth + 1)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _too_large() -> Problem:
    return Problem(
        413,
        "body_too_large",
        gettext("A request may have {bytes} bytes at most: send it in several.").format(bytes=LARGEST_BODY),
    )


def _unprintable() -> Problem:
    return Problem(422, "text_not_printable", gettext("A text holds characters that cannot be stored."))
