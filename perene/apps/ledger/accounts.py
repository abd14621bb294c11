"""The accounts of the chart as a person keeps them: entered, changed, put away; none is ever deleted."""

import re
from contextlib import AbstractContextManager
from uuid import UUID

from django.db.models import QuerySet

from perene.apps.ledger.models import Account, AccountKind, AccountRole, Posting
from perene.kit import constraints, ids
from perene.rules.refusals import Refusal

_CODE = re.compile(r"[0-9A-Za-z]+([.\-/][0-9A-Za-z]+)*")
LONGEST_CODE, LONGEST_NAME = 30, 120

# What an account must be to have a role.
KIND_OF_ROLE = {
    AccountRole.RECEIVABLES: AccountKind.ASSET,
    AccountRole.DEFERRED_REVENUE: AccountKind.LIABILITY,
    AccountRole.CUSTOMER_CREDITS: AccountKind.LIABILITY,
    AccountRole.REVENUE: AccountKind.REVENUE,
    AccountRole.CASH: AccountKind.ASSET,
    AccountRole.FINES: AccountKind.REVENUE,
    AccountRole.INTEREST: AccountKind.REVENUE,
    AccountRole.DISCOUNTS: AccountKind.EXPENSE,
    AccountRole.LOSSES: AccountKind.EXPENSE,
    AccountRole.OPENING: AccountKind.EQUITY,
}
# A suggestion only, kept with what was made by it: another account may take it at any time.
_SUGGESTIONS = {AccountRole.REVENUE, AccountRole.CASH}
# What an invoice's line posted to these would be owed or paid twice.
_NOT_FOR_LINES = {
    AccountRole.RECEIVABLES,
    AccountRole.DEFERRED_REVENUE,
    AccountRole.CUSTOMER_CREDITS,
    AccountRole.CASH,
    AccountRole.LOSSES,
    AccountRole.OPENING,
}


def of_lines() -> QuerySet[Account]:
    """Accounts that a line of an invoice may post to, by code."""
    return Account.objects.filter(is_active=True).exclude(role__in=_NOT_FOR_LINES).order_by("code")


def for_line(account_id: UUID | None) -> UUID:
    """The account that a line posts to: the given one, or the organization's revenue. Refusal `account_not_for_lines`."""
    asked = {"role": AccountRole.REVENUE} if account_id is None else {"id": account_id}
    found = of_lines().filter(**asked).first()
    if found is None:
        raise Refusal("account_not_for_lines", "Choose an active account that invoices may post to.")
    return found.id


def create(*, code: str, name: str, kind: str) -> UUID:
    """A new account; returns its id. Refusal `account_code_malformed`, `account_code_taken`, `account_name_missing`,
    `account_kind_unknown`."""
    account = Account(id=ids.new(), code=_code(code), name=_name(name), kind=_kind(kind))
    with _code_free(account.code):
        account.save(force_insert=True)
    return account.id


def change(account_id: UUID, *, code: str, name: str, kind: str) -> None:
    """Its code and name at any time; its kind while nothing was posted to it. Refusals of `create`, `account_has_postings`
    and `account_kind_of_role`."""
    account = _locked(account_id)
    kind = _kind(kind)
    if kind != account.kind:
        _check_kind(account.role, kind)
        if _has_postings(account.id):
            raise Refusal(
                "account_has_postings",
                "Entries were posted to {code}: make another account instead of changing its kind.",
                code=account.code,
            )
    account.code, account.name, account.kind = _code(code), _name(name), kind
    with _code_free(account.code):
        account.save(update_fields=["code", "name", "kind"])


def take_role(account_id: UUID, *, role: str) -> None:
    """From now on Perene posts there what it posts by itself under that role; the account that had it has none. Refusal
    `role_unknown`, `account_kind_of_role`, `account_inactive`, `account_has_a_role`, `role_in_use`."""
    if role not in KIND_OF_ROLE:
        raise Refusal("role_unknown", "Choose one of the roles offered.")
    holder = Account.objects.select_for_update(no_key=True).filter(role=role).first()
    account = _locked(account_id)
    if account.role == role:
        return
    _check_kind(role, account.kind)
    if not account.is_active:
        raise Refusal(
            "account_inactive", "The account {code} is inactive: activate it first.", code=account.code
        )
    if account.role:
        raise Refusal(
            "account_has_a_role",
            "The account {code} has a role already: give that to another account first.",
            code=account.code,
        )
    if holder is not None:
        if AccountRole(role) not in _SUGGESTIONS and _has_postings(holder.id):
            raise Refusal(
                "role_in_use",
                "Entries were posted to {code} in this role: it stays there. Change its code and name instead.",
                code=holder.code,
            )
        Account.objects.filter(id=holder.id).update(role=AccountRole.NONE)
    Account.objects.filter(id=account.id).update(role=role)


def set_active(account_id: UUID, *, is_active: bool) -> None:
    """Offer the account for new things, or no longer; what posts there goes on. Refusal `account_has_a_role_to_keep`."""
    account = _locked(account_id)
    if not is_active and account.role:
        raise Refusal(
            "account_has_a_role_to_keep",
            "Perene itself posts to {code}: give its role to another account first.",
            code=account.code,
        )
    Account.objects.filter(id=account_id).update(is_active=is_active)


def _locked(account_id: UUID) -> Account:
    account = Account.objects.select_for_update(no_key=True).filter(id=account_id).first()
    if account is None:
        raise Refusal("account_unknown", "There is no such account.")
    return account


def _has_postings(account_id: UUID) -> bool:
    return Posting.objects.filter(account_id=account_id).exists()


def _check_kind(role: str, kind: str) -> None:
    if role and KIND_OF_ROLE[AccountRole(role)] != kind:
        raise Refusal("account_kind_of_role", "An account of another kind is needed for this role.")


def _code(code: str) -> str:
    found = code.strip()
    if len(found) > LONGEST_CODE or not _CODE.fullmatch(found):
        raise Refusal("account_code_malformed", "Write the code with digits and dots, like 3.1.1.04.")
    return found


def _name(name: str) -> str:
    found = " ".join(name.split())
    if not found or len(found) > LONGEST_NAME or not found.isprintable():
        raise Refusal(
            "account_name_missing", "Give the account a name of up to {most} characters.", most=LONGEST_NAME
        )
    return found


def _kind(kind: str) -> str:
    if kind not in AccountKind.values:
        raise Refusal("account_kind_unknown", "Choose one of the kinds offered.")
    return kind


def _code_free(code: str) -> AbstractContextManager[None]:
    taken = Refusal(
        "account_code_taken", "The code {code} belongs to another account: choose another.", code=code
    )
    return constraints.refused("account_code_once", taken)
