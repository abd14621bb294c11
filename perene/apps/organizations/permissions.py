"""What each role may do. A permission is a verb on a subject; screens and acts ask for one by name."""

from perene.apps.organizations.models import Role

_READ = frozenset({"customers.read", "contracts.read", "invoices.read", "receivables.read", "catalog.read"})
_FINANCE_READ = _READ | {"books.read", "runs.read", "panel.read"}
_ALL = _FINANCE_READ | {
    "runs.start",
    "runs.retry",
    "catalog.write",
    "customers.write",
    "contracts.write",
    "invoices.write",
    "receivables.write",
    "books.write",
    "events.read",
    "webhooks.read",
    "webhooks.write",
    "keys.read",
    "keys.write",
    "people.read",
    "people.write",
    "audit.read",
    "organization.write",
    "clock.move",
}

GRANTED: dict[str, frozenset[str]] = {
    Role.OWNER: frozenset(_ALL),
    Role.FINANCE: frozenset(_ALL - {"people.write", "organization.write", "keys.write"}),
    Role.SALES: frozenset(_READ | {"customers.write", "contracts.write", "panel.read"}),
    Role.COLLECTIONS_OPERATOR: _READ,
    Role.COLLECTIONS_MANAGER: frozenset(_READ | {"panel.read", "people.read"}),
    # May see everything and change nothing.
    Role.AUDITOR: frozenset(
        _FINANCE_READ | {"people.read", "audit.read", "events.read", "webhooks.read", "keys.read"}
    ),
}

# These speak of the organization as a whole: a person limited to some units does not have them.
WHOLE_ORGANIZATION = frozenset(
    {
        "books.read",
        "books.write",
        "events.read",
        "webhooks.read",
        "webhooks.write",
        "keys.read",
        "keys.write",
        "runs.read",
        "runs.start",
        "runs.retry",
        "people.read",
        "people.write",
        "audit.read",
        "organization.write",
        "clock.move",
    }
)


def of(role: str, *, all_units: bool) -> frozenset[str]:
    """The permissions of a membership."""
    granted = GRANTED[role]
    return granted if all_units else granted - WHOLE_ORGANIZATION
