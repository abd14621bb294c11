"""The left menu as data. An entry is named by its url; `key` is the letter that opens it after “g”."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Item:
    """`section` is the part of the view name that says “we are in here”; `counts` names the figure shown beside it."""

    section: str
    url_name: str
    label: str | Promise
    icon: str
    key: str = ""
    counts: str = ""
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Group:
    label: str | Promise
    items: tuple[Item, ...]


GROUPS: tuple[Group, ...] = (
    Group("", (Item("dashboard", "backoffice:dashboard", _("Dashboard"), "layout-dashboard", "p"),)),
    Group(
        _("Customers and contracts"),
        (
            Item("customers", "backoffice:customers", _("Customers"), "users", "c"),
            Item("contracts", "backoffice:contracts", _("Contracts"), "file-pen-line", "t"),
        ),
    ),
    Group(
        _("Billing"),
        (
            Item("runs", "backoffice:runs", _("Billing runs"), "refresh-cw", "e"),
            Item("invoices", "backoffice:invoices", _("Invoices"), "receipt-text", "f"),
            Item("parked", "backoffice:parked", _("Parked"), "circle-pause", "r", "parked", "warn"),
            Item("held", "backoffice:held", _("Held charges"), "archive-restore", "", "held", "warn"),
            Item("alerts", "backoffice:alerts", _("Alerts"), "bell", "", "alerts", "bad"),
        ),
    ),
    Group(
        _("Receipts"),
        (
            Item(
                "receivables", "backoffice:receivables", _("Receivables"), "hand-coins", "v", "overdue", "bad"
            ),
            Item("settlements", "backoffice:settlements", _("Settlements"), "wallet", "w"),
            Item("credits", "backoffice:credits", _("Credits"), "piggy-bank"),
        ),
    ),
    Group(
        _("Accounting"),
        (
            Item("entries", "backoffice:entries", _("Entries"), "book-open-text", "l"),
            Item("trial_balance", "backoffice:trial_balance", _("Trial balance"), "scale", "b"),
            Item("accounts", "backoffice:accounts", _("Chart of accounts"), "list-tree"),
            Item("periods", "backoffice:periods", _("Closing of periods"), "calendar-check"),
        ),
    ),
    Group(
        _("Settings"),
        (
            Item("plans", "backoffice:plans", _("Plans and items"), "package"),
            Item("settings", "backoffice:settings", _("Organization"), "building-2"),
            Item("people", "backoffice:people", _("People"), "user-cog"),
            Item("api_keys", "backoffice:api_keys", _("API keys"), "key-round"),
            Item("webhooks", "backoffice:webhooks", _("Webhooks"), "webhook"),
            Item("audit", "backoffice:audit", _("Audit trail"), "history"),
            Item("moving_in", "backoffice:moving_in", _("Moving in"), "truck"),
            Item("clock", "backoffice:clock", _("Clock"), "clock"),
        ),
    ),
)

# The permission that opens a section; a section that one may not open is not shown.
NEEDS = {
    "dashboard": "panel.read",
    "customers": "customers.read",
    "contracts": "contracts.read",
    "runs": "runs.read",
    "invoices": "invoices.read",
    "parked": "runs.read",
    "held": "runs.read",
    "alerts": "runs.read",
    "receivables": "receivables.read",
    "settlements": "receivables.read",
    "credits": "receivables.read",
    "entries": "books.read",
    "trial_balance": "books.read",
    "accounts": "books.read",
    "periods": "books.read",
    "plans": "catalog.read",
    "settings": "organization.write",
    "people": "people.read",
    "api_keys": "keys.read",
    "webhooks": "webhooks.read",
    "audit": "audit.read",
    "moving_in": "books.write",
    "clock": "clock.move",
}


def items() -> Iterator[Item]:
    """Every entry, in the order of the screen."""
    for group in GROUPS:
        yield from group.items
