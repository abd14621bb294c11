"""Por que este valor: from the steps of the rules to what the component draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext

from perene.apps.billing.models import Invoice
from perene.interfaces.backoffice import figures, why, words
from perene.kit import texts
from perene.reports.explained import ExplainedLine
from perene.rules import explanation, settlement_explanation
from perene.rules.charging import Draft
from perene.rules.explanation import Step


def nodes_of(lines: Sequence[ExplainedLine]) -> list[why.Node]:
    """The lines of an invoice, each opening into its steps. What is more than a price is open from the start."""
    return [
        why.Node(
            line.description,
            line.amount_cents,
            note=_note(line),
            steps=steps_of(line.steps),
            is_open=not line.is_plain,
            href=reverse("backoffice:contract", args=[line.contract_id]) if line.contract_id else "",
        )
        for line in lines
    ]


def total_of(invoice: Invoice) -> why.Step:
    number = figures.whole(invoice.number)
    return why.Step(
        gettext("Total of invoice {number}").format(number=number), invoice.total_cents, is_result=True
    )


def nodes_of_drafts(drafts: Iterable[Draft]) -> list[why.Node]:
    """Charges that are still to come."""
    return [
        why.Node(
            draft.line.description,
            draft.amount_cents,
            note=_days(draft.period_start, draft.period_end, is_exclusive=True),
            steps=steps_of(explanation.explain(draft.derivation)),
        )
        for draft in drafts
    ]


def steps_of(steps: Sequence[Step]) -> tuple[why.Step, ...]:
    """The last step of the rules holds the result and no amount of its own."""
    drawn = []
    for at, step in enumerate(steps):
        is_result = at == len(steps) - 1
        amount = step.running_cents if is_result else step.amount_cents
        drawn.append(why.Step(texts.render(step.text), amount, is_result=is_result))
    return tuple(drawn)


def drawn(steps: Sequence[Step]) -> tuple[why.Step, ...]:
    """Steps among which several hold a result: those without an amount of their own show where the calculation stands."""
    return tuple(
        why.Step(texts.render(step.text), step.running_cents, is_result=True)
        if step.amount_cents is None
        else why.Step(texts.render(step.text), step.amount_cents)
        for step in steps
    )


def settling(derivation: str) -> tuple[why.Step, ...]:
    """The steps of a settlement; none where it keeps no derivation (a write-off)."""
    return drawn(settlement_explanation.explain(derivation)) if derivation else ()


def _note(line: ExplainedLine) -> str:
    said = [_days(line.first_on, line.last_on)]
    if line.contract_number is not None:
        number = figures.whole(line.contract_number)
        said.append(
            gettext("contract {number}, cycle {cycle}").format(number=number, cycle=line.cycle)
            if line.cycle
            else gettext("contract {number}").format(number=number)
        )
    if line.part:
        said.append(gettext("days before the first whole period"))
    if line.kind != "recurring":
        said.append(words.said(words.CHARGE_KINDS, line.kind).lower())
    said.append(f"{line.account_code} {line.account_name}")
    if line.is_reversed:
        said.append(gettext("reversed"))
    if not line.is_proved:
        said.append(gettext("the stored steps do not come to this amount: tell whoever runs this server"))
    return " · ".join(said)


def _days(first_on: date, last_on: date, *, is_exclusive: bool = False) -> str:
    last = last_on - timedelta(days=1) if is_exclusive else last_on
    if first_on == last:
        return f"{first_on:%d/%m/%Y}"
    return gettext("{first} to {last}").format(first=f"{first_on:%d/%m/%Y}", last=f"{last:%d/%m/%Y}")
