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

from perene.apps.organizations import clock, organizations, people, sessions
from perene.apps.organizations.models import Organization
from perene.apps.organizations.people import Member
from perene.interfaces.backoffice import errors, framing, signed_in
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.signed_in import SignedIn
from perene.kit import clock as real_clock
from perene.kit import tenancy

Answer = Callable[[HttpRequest], HttpResponseBase]

# Where one gets a second factor; an organization that asks for one shows nothing else before.
BEFORE_SECOND_FACTOR = ("myself", "second_factor", "choose_place")


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
        if _has_nul(request):
            return errors.unreadable(request)
        who = signed_in.read(request)
        if who is None:
            return _to(request, "backoffice:choose" if signed_in.person_id(request) else "backoffice:sign_in")
        with tenancy.organization(who.organization_id, person_id=who.person_id), _reading(request):
            member, organization = people.member(who.person_id), organizations.present()
            if member is not None and organization.is_active:
                ours = _introduced(request, member, organization, who)
                sessions.note_seen(getattr(request.session, "row", None), now=ours.now)
                if _lacks_second_factor(ours):
                    return _to(request, "backoffice:second_factor")
                return self.get_response(ours)
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


def _lacks_second_factor(request: MemberRequest) -> bool:
    return (
        request.organization.requires_second_factor
        and not signed_in.has_second_factor(request)
        and resolve(request.path_info).url_name not in BEFORE_SECOND_FACTOR
    )


def _has_nul(request: HttpRequest) -> bool:
    """PostgreSQL's texts hold every character but this one; nobody types it."""
    given = [request.GET, request.POST] if request.method == "POST" else [request.GET]
    return any("\x00" in text for query in given for key, values in query.lists() for text in (key, *values))


def _introduced(
    request: HttpRequest, member: Member, organization: Organization, who: SignedIn
) -> MemberRequest:
    ours = cast(MemberRequest, request)
    ours.member = member
    ours.organization = organization
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
