"""What every view says about itself: who may open it, and which section of the menu it belongs to.

A view without one of these decorators is not served: `scope.MemberMiddleware` knows a public view by its mark, and a test
walks the addresses and finds the permission of each of the others.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.utils.http import url_has_allowed_host_and_scheme

from perene.apps.organizations.models import Organization
from perene.apps.organizations.people import Member
from perene.kit import texts
from perene.rules.refusals import Refusal

View: TypeAlias = Callable[..., HttpResponseBase]


class MemberRequest(HttpRequest):
    """A request of somebody who is signed in, as `scope.MemberMiddleware` hands it on. `unit_ids` None = all units; it is
    narrower than the member's own when they chose one unit at the top. `now` is real, `today` the organization's."""

    member: Member
    organization: Organization
    unit_ids: frozenset[UUID] | None
    unit_id: UUID | None
    now: datetime
    today: date
    section: str


def public(view: View) -> View:
    """For who is not signed in. Such a view works unscoped and enters an organization itself."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def page(permission: str, *, section: str = "") -> Callable[[View], View]:
    """A page or a piece of one, read by GET. 403 without `permission`; empty = whoever is signed in."""
    return _guarded(permission, section, ("GET", "HEAD"))


def form(permission: str, *, section: str = "") -> Callable[[View], View]:
    """A form: read by GET, sent by POST to the same address, so that nothing typed is lost. The view itself says a Refusal,
    beside the field it is about."""
    return _guarded(permission, section, ("GET", "HEAD", "POST"))


def act(permission: str) -> Callable[[View], View]:
    """Something done by POST, answered by going on to a page. A Refusal is said there; nothing else happened."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def told(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except Refusal as refusal:
                messages.error(request, texts.render(refusal))
                return HttpResponseRedirect(back(request))

        return _guarded(permission, "", ("POST",))(told)

    return decorate


def back(request: HttpRequest, default: str = "/") -> str:
    """Where the person came from, when that is a page of ours."""
    came_from = request.headers.get("Referer", "")
    return came_from if is_ours(request, came_from) else default


def is_ours(request: HttpRequest, address: str) -> bool:
    """Whether an address stays in this site, so that nobody is sent elsewhere by a link."""
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())


def _guarded(permission: str, section: str, methods: tuple[str, ...]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            if permission and not request.member.may(permission):
                raise PermissionDenied
            request.section = section
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.methods = methods  # type: ignore[attr-defined]
        return guarded

    return decorate


def nothing() -> HttpResponse:
    """An empty answer to a piece of script."""
    return HttpResponse(status=204)
