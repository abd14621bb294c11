"""The books: chart of accounts, entries, trial balance."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import Query
from pydantic import Field

from perene.actions import accounts as account_actions
from perene.apps.ledger.models import Account, Entry, Posting
from perene.interfaces.api import paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, one
from perene.interfaces.api.paging import Page, Paging, Span
from perene.interfaces.api.values import Code, Day, Given, Short, Shown
from perene.reports import trial_balance

subject = Subject("Contabilidade")


class AccountShown(Shown):
    """`role`: a conta que o próprio sistema procura; vazio em qualquer outra."""

    id: UUID
    code: str
    name: str
    kind: str
    role: str
    is_active: bool


Kind = Literal["asset", "liability", "equity", "revenue", "expense"]


class AccountGiven(Given):
    code: Code
    name: Short
    kind: Kind


class AccountChanged(Given):
    """Só o que vem é alterado; o tipo, só enquanto nada foi lançado nela."""

    code: Code | None = None
    name: Short | None = None
    kind: Kind | None = None


class RoleTaken(Given):
    role: Annotated[Code, Field(description="O que o sistema lança por si mesmo, como `revenue` ou `cash`.")]


class PostingShown(Shown):
    """Débito positivo, crédito negativo."""

    account_id: UUID
    account_code: str
    amount_cents: int


class EntryShown(Shown):
    """`source_kind` e `source_id`: o que o lançamento registra."""

    id: UUID
    posted_on: Day
    kind: str
    source_kind: str
    source_id: UUID
    postings: list[PostingShown]


class BalanceRowShown(Shown):
    """Saldos devedores positivos."""

    account_id: UUID
    code: str
    name: str
    kind: str
    opening_cents: int
    debit_cents: int
    credit_cents: int
    closing_cents: int


class TrialBalanceShown(Shown):
    from_on: Day
    through_on: Day
    is_balanced: bool
    debit_cents: int
    credit_cents: int
    rows: list[BalanceRowShown]


class AccountFilters(Paging):
    kind: Kind | None = None


class EntryFilters(Paging):
    posted_from: Day | None = None
    posted_through: Day | None = None
    source_id: Annotated[
        UUID | None, Field(description="Só os lançamentos desta fatura, baixa ou título.")
    ] = None


@subject.reads("/accounts", scope="books.read", answer=Page[AccountShown], summary="Plano de contas")
def list_accounts(request: ApiRequest, asked: Query[AccountFilters]):
    found = Account.objects.all()
    if asked.kind is not None:
        found = found.filter(kind=asked.kind)
    return paging.page(found, asked, _show_account)


@subject.reads(
    "/accounts/{uuid:account_id}", scope="books.read", answer=AccountShown, summary="Uma conta contábil"
)
def get_account(request: ApiRequest, account_id: UUID):
    return _show_account(one(Account.objects, account_id))


@subject.acts(
    "/accounts", scope="books.write", answer=AccountShown, status=201, summary="Criar conta contábil"
)
def create_account(request: ApiRequest, body: AccountGiven):
    account_id = account_actions.create(code=body.code, name=body.name, kind=body.kind)
    return _show_account(Account.objects.get(id=account_id))


@subject.acts(
    "/accounts/{uuid:account_id}",
    scope="books.write",
    answer=AccountShown,
    method="PATCH",
    summary="Alterar conta contábil",
)
def update_account(request: ApiRequest, account_id: UUID, body: AccountChanged):
    account = one(Account.objects, account_id)
    said = {name: getattr(body, name) or getattr(account, name) for name in ("code", "name", "kind")}
    account_actions.change(account.id, **said)
    return _show_account(Account.objects.get(id=account.id))


@subject.acts(
    "/accounts/{uuid:account_id}/take-role",
    scope="books.write",
    answer=AccountShown,
    is_repeatable=True,
    summary="Usar esta conta para o que o sistema lança",
)
def take_account_role(request: ApiRequest, account_id: UUID, body: RoleTaken):
    account = one(Account.objects, account_id)
    account_actions.take_role(account.id, role=body.role)
    return _show_account(Account.objects.get(id=account.id))


@subject.acts(
    "/accounts/{uuid:account_id}/activate",
    scope="books.write",
    answer=AccountShown,
    is_repeatable=True,
    summary="Oferecer a conta",
)
def activate_account(request: ApiRequest, account_id: UUID):
    return _set_active(account_id, is_active=True)


@subject.acts(
    "/accounts/{uuid:account_id}/deactivate",
    scope="books.write",
    answer=AccountShown,
    is_repeatable=True,
    summary="Não oferecer mais a conta",
)
def deactivate_account(request: ApiRequest, account_id: UUID):
    return _set_active(account_id, is_active=False)


@subject.reads("/entries", scope="books.read", answer=Page[EntryShown], summary="Lançamentos")
def list_entries(request: ApiRequest, asked: Query[EntryFilters]):
    found = Entry.objects.all()
    if asked.posted_from is not None:
        found = found.filter(posted_on__gte=asked.posted_from)
    if asked.posted_through is not None:
        found = found.filter(posted_on__lte=asked.posted_through)
    if asked.source_id is not None:
        found = found.filter(source_id=asked.source_id)
    rows = paging.after(found, asked)
    postings = _postings([row.id for row in rows])
    return paging.shown(rows, asked, lambda row: _show_entry(row, postings.get(row.id, [])))


@subject.reads("/entries/{uuid:entry_id}", scope="books.read", answer=EntryShown, summary="Um lançamento")
def get_entry(request: ApiRequest, entry_id: UUID):
    entry = one(Entry.objects, entry_id)
    return _show_entry(entry, _postings([entry.id]).get(entry.id, []))


@subject.reads("/trial-balance", scope="books.read", answer=TrialBalanceShown, summary="Balancete")
def get_trial_balance(request: ApiRequest, asked: Query[Span]):
    asked.check()
    found = trial_balance.between(asked.from_on, asked.through_on)
    return TrialBalanceShown(
        from_on=asked.from_on,
        through_on=asked.through_on,
        is_balanced=found.is_balanced,
        debit_cents=found.debit_cents,
        credit_cents=found.credit_cents,
        rows=[
            BalanceRowShown(**{name: getattr(row, name) for name in BalanceRowShown.model_fields})
            for row in found.rows
        ],
    )


def _set_active(account_id: UUID, *, is_active: bool) -> AccountShown:
    account = one(Account.objects, account_id)
    account_actions.set_active(account.id, is_active=is_active)
    return _show_account(Account.objects.get(id=account.id))


def _postings(entry_ids: list[UUID]) -> dict[UUID, list[Posting]]:
    found: dict[UUID, list[Posting]] = {}
    query = Posting.objects.filter(entry_id__in=entry_ids).select_related("account")
    for posting in query.order_by("entry_id", "number"):
        found.setdefault(posting.entry_id, []).append(posting)
    return found


def _show_account(account: Account) -> AccountShown:
    return AccountShown(**{name: getattr(account, name) for name in AccountShown.model_fields})


def _show_entry(entry: Entry, postings: list[Posting]) -> EntryShown:
    columns = {name: getattr(entry, name) for name in EntryShown.model_fields if name != "postings"}
    return EntryShown(
        **columns,
        postings=[
            PostingShown(
                account_id=posting.account_id,
                account_code=posting.account.code,
                amount_cents=posting.amount_cents,
            )
            for posting in postings
        ],
    )
