"""The chart of accounts: what every organization starts with, and how accounts are found."""

from collections.abc import Mapping
from uuid import UUID

from perene.apps.ledger.models import Account, AccountKind, AccountRole
from perene.kit import ids
from perene.rules.refusals import Refusal, Text

# A Brazilian chart in miniature; every line may be renamed, more may be added.
STARTER = [
    ("1.1.1.01", "Caixa e bancos", AccountKind.ASSET, AccountRole.CASH),
    ("1.1.2.01", "Clientes a receber", AccountKind.ASSET, AccountRole.RECEIVABLES),
    ("2.1.5.01", "Receita diferida", AccountKind.LIABILITY, AccountRole.DEFERRED_REVENUE),
    ("2.1.6.01", "Créditos de clientes", AccountKind.LIABILITY, AccountRole.CUSTOMER_CREDITS),
    ("3.1.1.01", "Receita de serviços recorrentes", AccountKind.REVENUE, AccountRole.REVENUE),
    ("3.1.1.02", "Receita de adesão", AccountKind.REVENUE, AccountRole.NONE),
    ("2.9.1.01", "Saldos de implantação", AccountKind.EQUITY, AccountRole.OPENING),
    ("3.1.1.03", "Receita de serviços de valor adicionado", AccountKind.REVENUE, AccountRole.NONE),
    ("3.1.2.01", "Multas por atraso", AccountKind.REVENUE, AccountRole.FINES),
    ("3.1.2.02", "Juros de mora", AccountKind.REVENUE, AccountRole.INTEREST),
    ("4.1.1.01", "Descontos concedidos", AccountKind.EXPENSE, AccountRole.DISCOUNTS),
    ("4.1.2.01", "Perdas com clientes", AccountKind.EXPENSE, AccountRole.LOSSES),
]


# What each account is for, as a person reads it.
ROLE_WORDS: Mapping[str, Text] = {
    AccountRole.RECEIVABLES: Text("What customers owe"),
    AccountRole.DEFERRED_REVENUE: Text("Revenue of periods not begun"),
    AccountRole.CUSTOMER_CREDITS: Text("What customers are owed"),
    AccountRole.REVENUE: Text("Revenue where an item names none"),
    AccountRole.CASH: Text("Where money comes in"),
    AccountRole.FINES: Text("Late fines"),
    AccountRole.INTEREST: Text("Late interest"),
    AccountRole.DISCOUNTS: Text("Discounts for paying on time"),
    AccountRole.LOSSES: Text("Losses"),
    AccountRole.OPENING: Text("Balances of moving in"),
}


def install_starter() -> None:
    """The starter chart, for an organization that has none yet."""
    Account.objects.bulk_create(
        Account(id=ids.new(), code=code, name=name, kind=kind, role=role)
        for code, name, kind, role in STARTER
    )


def by_role() -> dict[str, UUID]:
    """Account ids by role. Raises Refusal when one that billing needs is missing."""
    found = dict(Account.objects.exclude(role="").values_list("role", "id"))
    for role in AccountRole.values:
        if role and role not in found:
            raise Refusal(
                "account_role_missing",
                "The chart of accounts has no account for “{role}”.",
                role=ROLE_WORDS[role],
            )
    return found


def for_money(account_id: UUID | None) -> UUID:
    """The account that a payment goes to or is paid from: the given one, or the organization's cash. Refusal
    `account_not_for_money`."""
    asked = {"role": AccountRole.CASH} if account_id is None else {"id": account_id}
    found = (
        Account.objects.filter(kind=AccountKind.ASSET, is_active=True, **asked)
        .exclude(role=AccountRole.RECEIVABLES)
        .first()
    )
    if found is None:
        raise Refusal(
            "account_not_for_money", "Choose an active account of cash or a bank: this one takes no payments."
        )
    return found.id


def active(code: str) -> Account:
    """The active account with this code. Raises Refusal when there is none."""
    account = Account.objects.filter(code=code, is_active=True).first()
    if account is None:
        raise Refusal("unknown_account", "There is no active account with the code {code}.", code=code)
    return account
