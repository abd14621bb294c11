"""Somebody enters: the password first, the second factor where there is one. Every try is counted before its answer is known,
and what comes back does not tell whether the e-mail exists."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from perene.apps.organizations import passwords, people, second_factors, sessions, throttles
from perene.kit import tenancy
from perene.rules import throttling


@dataclass(frozen=True, slots=True)
class Known:
    """The password was right. With `needs_code` they are not in yet."""

    person_id: UUID
    needs_code: bool


def person(*, email: str, password: str, address: str, now: datetime) -> Known | None:
    """Who has this e-mail and password; None when nobody does, and it takes as long to say. Call unscoped: who they are is
    known before where they work. Refusal `too_many_attempts`, for the right password too."""
    email = people.normal_email(email)
    _count("email", email, address, now=now)
    known = people.where(email)
    proven = passwords.proof(known[0] if known else None, password)
    if known is None or not passwords.matches(known[0], proven):
        return None
    person_id, organization_ids = known
    _forgive("email", email, address, now=now)
    if second_factors.of(person_id) is not None:
        return Known(person_id, needs_code=True)
    _note(person_id, organization_ids[0], now=now)
    return Known(person_id, needs_code=False)


def code(person_id: UUID, *, code: str, address: str, now: datetime) -> bool:
    """The second step: a code of the telephone, or a recovery code. Each counts once. Refusal `too_many_attempts`."""
    organization_ids = people.organizations_of(person_id)
    if not organization_ids:
        return False
    _count("code", str(person_id), address, now=now)
    with tenancy.organization(organization_ids[0], person_id=person_id):
        is_right = _use(person_id, code, now=now)
    if is_right:
        _forgive("code", str(person_id), address, now=now)
        _note(person_id, organization_ids[0], now=now)
    return is_right


def is_themself(person_id: UUID, *, password: str, address: str, now: datetime) -> str | None:
    """Before something grave (another password, the second factor) whoever is signed in types their password again: the proof,
    or None. Refusal `too_many_attempts`."""
    _count("again", str(person_id), address, now=now)
    proven = passwords.proof(person_id, password)
    if not passwords.matches(person_id, proven):
        return None
    _forgive("again", str(person_id), address, now=now)
    return proven


@transaction.atomic(durable=True)
def forget_old(*, now: datetime) -> None:
    """Sessions that ended by themselves and failures that count no more go. Call unscoped."""
    sessions.forget_expired(now=now)
    throttles.forget_old(now=now)


def count_try(*, email: str, address: str, now: datetime) -> None:
    """Before a password is tried by an invitation's link: these tries are tries to sign in. Refusal `too_many_attempts`."""
    _count("email", email, address, now=now)


@transaction.atomic(durable=True)
def _count(what: str, value: str, address: str, *, now: datetime) -> None:
    # The address first: rows are held in one order.
    throttles.attempt("address", throttles.neighbourhood(address), free=throttling.FREE_FOR_ADDRESS, now=now)
    throttles.attempt(what, value, free=throttling.FREE_FOR_EMAIL, now=now)


@transaction.atomic(durable=True)
def _forgive(what: str, value: str, address: str, *, now: datetime) -> None:
    throttles.give_back("address", throttles.neighbourhood(address), now=now)
    throttles.forgive(what, value)


@transaction.atomic(durable=True)
def _use(person_id: UUID, typed: str, *, now: datetime) -> bool:
    return second_factors.use(person_id, typed, now=now)


def _note(person_id: UUID, organization_id: int, *, now: datetime) -> None:
    # A person is read inside an organization of theirs; any will do.
    with tenancy.organization(organization_id, person_id=person_id), transaction.atomic(durable=True):
        people.note_sign_in(person_id, now=now)
