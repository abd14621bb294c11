"""The Portuguese of codes that the tables keep, where a badge (states.py) does not say it."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.apps.catalog.models import PlanVersion
from perene.apps.ledger import chart
from perene.rules.periods import IntervalUnit
from perene.rules.plans import PAYMENT_WORDS
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
TIME_ZONES: Words = {
    "America/Sao_Paulo": "São Paulo, Brasília (UTC−3)",
    "America/Bahia": "Bahia (UTC−3)",
    "America/Fortaleza": "Fortaleza (UTC−3)",
    "America/Recife": "Recife (UTC−3)",
    "America/Maceio": "Maceió (UTC−3)",
    "America/Belem": "Belém (UTC−3)",
    "America/Araguaina": "Araguaína (UTC−3)",
    "America/Santarem": "Santarém (UTC−3)",
    "America/Manaus": "Manaus (UTC−4)",
    "America/Cuiaba": "Cuiabá (UTC−4)",
    "America/Campo_Grande": "Campo Grande (UTC−4)",
    "America/Porto_Velho": "Porto Velho (UTC−4)",
    "America/Boa_Vista": "Boa Vista (UTC−4)",
    "America/Rio_Branco": "Rio Branco (UTC−5)",
    "America/Eirunepe": "Eirunepé (UTC−5)",
    "America/Noronha": "Fernando de Noronha (UTC−2)",
}
ACCESS: Words = {
    "password_changed": _("password changed"),
    "link_made": _("link for a new password made"),
    "link_used": _("new password by a link"),
    "second_factor_on": _("second factor turned on"),
    "second_factor_off": _("second factor turned off"),
    "recovery_used": _("recovery code used"),
}
PAYMENT_METHODS: Words = {method: _(word.message) for method, word in PAYMENT_WORDS.items()}
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
INTERVAL_UNITS: Words = {
    "week": _("Week"),
    "month": _("Month"),
    "quarter": _("Quarter"),
    "half_year": _("Half-year"),
    "year": _("Year"),
}
CHARGE_DAYS: Words = {
    "fixed": _("On a day of the month or week"),
    "before": _("Days before the period begins"),
    "end": _("Days after the period has ended"),
}
TERMS: Words = {
    "open": _("Without end"),
    "fixed": _("So many months, then it ends"),
    "renewing": _("So many months, then it renews"),
}
ADJUSTMENTS: Words = {"money": _("R$"), "percent": _("% of the base")}
RECURRENCES: Words = {
    "continuous": _("Every cycle"),
    "one_time": _("Once"),
    "cycles": _("A number of cycles"),
}
ACCOUNT_KINDS: Words = {
    "asset": _("Asset"),
    "liability": _("Liability"),
    "equity": _("Equity"),
    "revenue": _("Revenue"),
    "expense": _("Expense"),
}
ACCOUNT_ROLES: Words = {role: _(word.message) for role, word in chart.ROLE_WORDS.items()}
ENTRY_KINDS: Words = {
    "invoice": _("Invoice issued"),
    "invoice_cancelled": _("Invoice cancelled"),
    "recognition": _("Deferred revenue recognized"),
    "recognition_cancelled": _("Recognition reversed"),
    "payment": _("Payment"),
    "credit_used": _("Credit used"),
    "write_off": _("Write-off"),
    "settlement_reversed": _("Settlement reversed"),
    "credit_refunded": _("Credit paid back"),
    "opening": _("Balance of moving in"),
}
REASONS: Words = {
    "night": _("Nightly routine"),
    "button": _("Button “Bill now”"),
    "command": _("Command line"),
    "retry": _("New try of a parked contract"),
    "accepted": _("Parked contract billed anyway"),
    "rehearsal": _("Rehearsal"),
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
SETTLEMENT_KINDS: Words = {
    "payment": _("Payment"),
    "credit": _("Credit used"),
    "write_off": _("Write-off"),
}
# How money came in when a person notes it by hand.
WAYS_OF_PAYING: Words = {
    "transfer": _("Bank transfer"),
    "pix": _("Pix"),
    "pix_automatico": _("Pix Automático"),
    "boleto": _("Boleto"),
    "card": _("Card"),
    "deposit": _("Deposit"),
    "cash": _("Cash"),
    "check": _("Cheque"),
    "other": _("Other"),
}
# What a receivable or a credit comes from.
SOURCES: Words = {
    "invoice": _("Invoice"),
    "settlement": _("Paid more than owed"),
    "opening": _("Owed when moving in"),
}
STATEMENT_LINES: Words = {
    "invoice": _("Invoice"),
    "invoice_cancelled": _("Invoice cancelled"),
    "opening_receivable": _("Owed when moving in"),
    "opening_credit": _("Credit when moving in"),
    "payment": _("Payment"),
    "credit": _("Credit used"),
    "write_off": _("Write-off"),
    "refund": _("Credit paid back"),
    "reversal": _("Settlement reversed"),
}
CHARGE_KINDS: Words = {
    "recurring": _("Recurring"),
    "credit": _("Given back"),
    "by_hand": _("One-off charge"),
}

# Why nobody answered a webhook (gateways.webhooks.sending).
CALL_ERRORS: Words = {
    "timeout": _("No answer in time"),
    "connection": _("Could not connect"),
    "tls": _("Its certificate is not valid"),
    "name": _("The name does not exist"),
    "private_address": _("It leads into a private network"),
    "secret": _("Our copy of the secret cannot be read: make a new one"),
}


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


def dunning(schedule: Any) -> str:
    """A schedule's terms in one line (G10–G13). `schedule` has the attributes of `rules.dunning.DunningTerms`."""
    said = []
    if schedule.pre_due_days is not None:
        said.append(
            gettext("reminder on the due day")
            if schedule.pre_due_days == 0
            else ngettext(
                "reminder {days} day before", "reminder {days} days before", schedule.pre_due_days
            ).format(days=schedule.pre_due_days)
        )
    if schedule.post_due_start is not None:
        said.append(
            gettext("notices from {start} days after, every {every}, for {during}").format(
                start=schedule.post_due_start, every=schedule.every_days, during=schedule.for_days
            )
        )
    return ", ".join(said) or gettext("nothing is sent")
