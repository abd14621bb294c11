"""What a session remembers: who signed in, where they work now, and the organizations they may switch to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from perene.apps.organizations import organizations, people
from perene.kit import tenancy

# Which organization to open first next time: only a hint, looked up among those the person may enter.
COOKIE = "organization"
COOKIE_SECONDS = 365 * 24 * 60 * 60
# Between the password and the code.
CODE_WAITS = timedelta(minutes=10)
_LONGEST_BROWSER = 300


@dataclass(frozen=True, slots=True)
class SignedIn:
    person_id: UUID
    organization_id: int
    unit_id: UUID | None


def read(request: HttpRequest) -> SignedIn | None:
    """Who this session is, and where; None before sign-in and before an organization was chosen."""
    session = request.session
    if "person_id" not in session or "organization_id" not in session:
        return None
    unit = session.get("unit_id")
    return SignedIn(UUID(session["person_id"]), int(session["organization_id"]), UUID(unit) if unit else None)


def person_id(request: HttpRequest) -> UUID | None:
    """Who signed in, perhaps without an organization yet."""
    kept = request.session.get("person_id")
    return UUID(kept) if kept else None


def await_code(request: HttpRequest, person_id: UUID, *, onward: str, now: datetime) -> None:
    """The password was right, the code is still to come: this session may do nothing else."""
    request.session.flush()
    request.session["awaits_code"] = [str(person_id), now.isoformat(), onward]


def awaited(request: HttpRequest, *, now: datetime) -> tuple[UUID, str] | None:
    """Whose code is awaited, and where they wanted to go; None when nobody's is, or for too long."""
    kept = request.session.get("awaits_code")
    if kept is None or now - datetime.fromisoformat(kept[1]) > CODE_WAITS:
        return None
    return UUID(kept[0]), str(kept[2])


def begin(
    request: HttpRequest, person_id: UUID, *, has_second_factor: bool, now: datetime
) -> list[tuple[int, str]]:
    """A new session of this person, under a new key. Returns the organizations they may enter, by id and name."""
    request.session.flush()
    places = _names(people.organizations_of(person_id))
    request.session["person_id"] = str(person_id)
    request.session["began_at"] = now.isoformat()
    request.session["address"] = address(request)
    request.session["browser"] = request.headers.get("User-Agent", "")[:_LONGEST_BROWSER]
    request.session["has_second_factor"] = has_second_factor
    request.session["places"] = places
    wanted = request.COOKIES.get(cookie_name(), "")
    known = {str(number): number for number, _ in places}
    if len(places) == 1 or wanted in known:
        choose(request, known.get(wanted, places[0][0]))
    return places


def choose(request: HttpRequest, organization_id: int) -> None:
    """Work in this organization from now on, in all its units. The caller made sure that the person may."""
    request.session["organization_id"] = organization_id
    request.session["unit_id"] = ""


def has_second_factor(request: HttpRequest) -> bool:
    """Whether the person of this session has a second factor, and so came in by it or turned it on since."""
    return bool(request.session.get("has_second_factor"))


def address(request: HttpRequest) -> str:
    """Where the request comes from: what our own proxies say, and only they."""
    told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    behind = settings.PROXIES
    if behind and len(told) >= behind:
        return told[-behind][:64]
    return str(request.META.get("REMOTE_ADDR", ""))


def cookie_name() -> str:
    return f"{settings.COOKIE_PREFIX}{COOKIE}"


def places(request: HttpRequest) -> list[tuple[int, str]]:
    """The organizations the person may enter, as known at sign-in."""
    return [(int(number), str(name)) for number, name in request.session.get("places", [])]


def remember(response: HttpResponseBase, organization_id: int) -> None:
    """Open this organization first next time."""
    response.set_cookie(
        cookie_name(),
        str(organization_id),
        max_age=COOKIE_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _names(organization_ids: list[int]) -> list[tuple[int, str]]:
    found = []
    for number in organization_ids:
        with tenancy.organization(number):
            found.append((number, organizations.present().name))
    return found
