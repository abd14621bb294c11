"""What paying late costs and paying on time saves, dated by the day on which a receivable is due."""

from datetime import date
from uuid import UUID

from perene.apps.policies.models import SettlementPolicy
from perene.kit import ids
from perene.rules import late_charges
from perene.rules.late_charges import Terms

# The policies by the day from which they hold, the latest first.
Dated = list[tuple[date, Terms]]

# What an organization begins with: for all that it is owed, also what was due before it was founded here.
BEGINNING = date(2000, 1, 1)
STANDARD = Terms(late_charges.MOST_FINE_PERCENT, late_charges.MOST_INTEREST_PERCENT)


def install_standard() -> None:
    """2 % once and 1 % a month, no discount, for an organization that has no policy yet."""
    put(BEGINNING, STANDARD)


def terms_for(due_on: date) -> Terms:
    """The terms of what is due on that day: of the last policy that had begun, of the first one for what is older."""
    policies = SettlementPolicy.objects.order_by("-valid_from")
    found = policies.filter(valid_from__lte=due_on).first() or policies.last()
    return late_charges.FREE if found is None else terms_of(found)


def all_terms() -> Dated:
    """Every policy, for `among`."""
    return [(one.valid_from, terms_of(one)) for one in SettlementPolicy.objects.order_by("-valid_from")]


def among(policies: Dated, due_on: date) -> Terms:
    """As `terms_for`, out of what `all_terms` answered."""
    for valid_from, terms in policies:
        if valid_from <= due_on:
            return terms
    return policies[-1][1] if policies else late_charges.FREE


def terms_of(policy: SettlementPolicy) -> Terms:
    return Terms(policy.fine_percent, policy.interest_percent, policy.on_time_discount_percent)


def put(valid_from: date, terms: Terms) -> UUID:
    """The policy that begins on that day, new or changed. Raises the Refusals of `late_charges.check`."""
    fine, interest, discount = late_charges.check(terms)
    policy, _ = SettlementPolicy.objects.update_or_create(
        valid_from=valid_from,
        defaults={"fine_percent": fine, "interest_percent": interest, "on_time_discount_percent": discount},
        create_defaults={
            "id": ids.new(),
            "fine_percent": fine,
            "interest_percent": interest,
            "on_time_discount_percent": discount,
        },
    )
    return policy.id
