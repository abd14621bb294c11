"""Whose data a request works with.

`ScopeMiddleware` stands outside the session, which is read before an organization is known; `MemberMiddleware` stands inside
it and enters the organization of whoever is signed in. A page (GET) is read in one transaction; an act (POST) is not wrapped,
because its action is a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import cast
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import SimpleLazyObject

from perene.apps.organizations import clock, organizations, people
from perene.apps.organizations.people import Member
from perene.interfaces.backoffice import framing, signed_in
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.signed_in import SignedIn
from perene.kit import clock as real_clock
from perene.kit import tenancy

Answer = Callable[[HttpRequest], HttpResponseBase]


class ScopeMiddleware:
    """Sessions are found by a secret key, in a table without a wall."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with tenancy.unscoped("a session is read before its organization is known"):
            return self.get_response(request)


class MemberMiddleware:
    """Enters the organization; whoever is not (or no longer) a member goes to sign in."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _needs_member(request):
            return self.get_response(request)
        who = signed_in.read(request)
        if who is None:
            return _to(request, "backoffice:choose" if signed_in.person_id(request) else "backoffice:sign_in")
        with tenancy.organization(who.organization_id, person_id=who.person_id), _reading(request):
            member = people.member(who.person_id)
            if member is not None:
                return self.get_response(_introduced(request, member, who))
        request.session.flush()
        return _to(request, "backoffice:sign_in")


def _needs_member(request: HttpRequest) -> bool:
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False  # the page that says so has no need to know who asks
    return not getattr(view, "is_public", False)


def _reading(request: HttpRequest) -> AbstractContextManager[object]:
    return transaction.atomic() if request.method in ("GET", "HEAD") else nullcontext()


def _introduced(request: HttpRequest, member: Member, who: SignedIn) -> MemberRequest:
    ours = cast(MemberRequest, request)
    ours.member = member
    ours.organization = organizations.present()
    ours.now = real_clock.now()
    ours.today = clock.today(ours.organization, now=ours.now)
    ours.section = ""
    allowed = who.unit_id is not None and (member.unit_ids is None or who.unit_id in member.unit_ids)
    ours.unit_id = who.unit_id if allowed else None
    ours.unit_ids = frozenset({who.unit_id}) if allowed and who.unit_id else member.unit_ids
    # Only a whole page has a frame; what htmx fetches does not pay for one.
    request.frame = SimpleLazyObject(partial(framing.build, ours))  # type: ignore[attr-defined]
    return ours


def _to(request: HttpRequest, name: str) -> HttpResponseBase:
    """Go there first and come back afterwards. A piece of script cannot follow: htmx is told to leave the page."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": reverse(name)})
    came_by = {"next": request.get_full_path()} if request.method == "GET" and request.path != "/" else {}
    return HttpResponseRedirect(reverse(name) + (f"?{urlencode(came_by)}" if came_by else ""))
