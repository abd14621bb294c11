"""The Portuguese of codes that the tables keep, where a badge (states.py) does not say it."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.apps.catalog.models import PlanVersion
from perene.rules.periods import IntervalUnit
from perene.rules.terms import ChargeDayKind

Words = Mapping[str, str | Promise]

ROLES: Words = {
    "owner": _("Owner"),
    "finance": _("Finance"),
    "sales": _("Sales"),
    "collections_operator": _("Collections operator"),
    "collections_manager": _("Collections manager"),
    "auditor": _("Auditor"),
}
PAYMENT_METHODS: Words = {
    "boleto": _("Boleto"),
    "pix": _("Pix"),
    "pix_automatico": _("Pix Automático"),
    "card": _("Card"),
}
BILLING_METHODS: Words = {
    "grouped": _("Charges of one due date in one invoice"),
    "one_per_charge": _("One invoice per charge, made ahead"),
    "none": _("Without billing (courtesy)"),
}
DELIVERIES: Words = {"email": _("By e-mail"), "print": _("Printed"), "none": _("Not sent")}
CONTACTS: Words = {"email": _("E-mail"), "phone": _("Phone"), "whatsapp": _("WhatsApp")}
CALCULATIONS: Words = {
    "price": _("Price"),
    "per_unit": _("Per unit"),
    "graduated": _("Graduated tiers"),
    "volume": _("Volume tiers"),
    "package": _("Per package"),
    "metered": _("Measured use"),
}
ACCOUNT_KINDS: Words = {
    "asset": _("Asset"),
    "liability": _("Liability"),
    "equity": _("Equity"),
    "revenue": _("Revenue"),
    "expense": _("Expense"),
}
ACCOUNT_ROLES: Words = {
    "receivables": _("What customers owe"),
    "deferred_revenue": _("Revenue of periods not begun"),
    "customer_credits": _("What customers are owed"),
    "revenue": _("Revenue where an item names none"),
}
ENTRY_KINDS: Words = {
    "invoice": _("Invoice issued"),
    "invoice_cancelled": _("Invoice cancelled"),
    "recognition": _("Deferred revenue recognized"),
}
REASONS: Words = {
    "night": _("Nightly routine"),
    "button": _("Button “Bill now”"),
    "command": _("Command line"),
    "retry": _("New try of a parked contract"),
}
STEPS: Words = {
    "terms": _("Terms renewed and ended"),
    "bill": _("Billing"),
    "recognize": _("Deferred revenue"),
}
ACTIONS: Words = {
    "insert": pgettext_lazy("audit", "Included"),
    "update": pgettext_lazy("audit", "Changed"),
    "delete": pgettext_lazy("audit", "Removed"),
}
CHARGE_KINDS: Words = {"recurring": _("Recurring"), "credit": _("Given back")}


def said(words: Words, code: str) -> str:
    """The word for a code; the code itself where nobody gave it one (an import's reason, a later version's kind)."""
    return str(words.get(code, code))


def interval(unit: str, count: int) -> str:
    """Monthly, every 2 months, …"""
    names = {
        IntervalUnit.WEEK: (gettext("Weekly"), ngettext("every {count} week", "every {count} weeks", count)),
        IntervalUnit.MONTH: (
            gettext("Monthly"),
            ngettext("every {count} month", "every {count} months", count),
        ),
        IntervalUnit.QUARTER: (
            gettext("Quarterly"),
            ngettext("every {count} quarter", "every {count} quarters", count),
        ),
        IntervalUnit.HALF_YEAR: (
            gettext("Half-yearly"),
            ngettext("every {count} half-year", "every {count} half-years", count),
        ),
        IntervalUnit.YEAR: (gettext("Yearly"), ngettext("every {count} year", "every {count} years", count)),
    }
    once, several = names[IntervalUnit(unit)]
    return once if count == 1 else several.format(count=count)


def charge_day(version: PlanVersion) -> str:
    """When a plan charges, in words."""
    days = version.charge_day
    if version.charge_day_kind == ChargeDayKind.FIXED:
        if version.interval_unit == IntervalUnit.WEEK:
            return gettext("on weekday {day} (Monday is 1)").format(day=days)
        return gettext("on day {day}").format(day=days)
    if days == 0:
        is_before = version.charge_day_kind == ChargeDayKind.BEFORE
        return gettext("when the period begins") if is_before else gettext("when the period has ended")
    if version.charge_day_kind == ChargeDayKind.BEFORE:
        return ngettext(
            "{days} day before the period begins", "{days} days before the period begins", days
        ).format(days=days)
    return ngettext(
        "{days} day after the period has ended", "{days} days after the period has ended", days
    ).format(days=days)


def recurrence(code: str) -> str:
    """`continuous`, `one_time:3`, `cycles:2:6` in words (rules.recurrence)."""
    kind, *numbers = code.split(":")
    if kind == "one_time":
        return gettext("once, in cycle {cycle}").format(cycle=numbers[0])
    if kind == "cycles":
        return gettext("{count} times from cycle {start}").format(start=numbers[0], count=numbers[1])
    return gettext("every cycle")
