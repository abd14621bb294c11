"""The invoice as a document: what the creditor must show in every demand (name, address and CPF/CNPJ: CDC art. 42-A), who
owes what until when, and for each line its period and the steps that made its amount."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.apps.billing.models import Invoice
from perene.apps.customers.models import Customer
from perene.apps.organizations import organizations
from perene.apps.organizations.models import Organization
from perene.apps.receivables import debts
from perene.apps.receivables.models import Receivable, ReceivableStatus
from perene.kit import pdf, texts
from perene.reports import explained
from perene.reports.explained import ExplainedLine
from perene.rules import documents, late_charges, money, settlement, settlement_explanation
from perene.rules.documents import Document, DocumentKind
from perene.rules.explanation import Step
from perene.rules.plans import PAYMENT_WORDS
from perene.rules.refusals import Refusal

TEMPLATE = Path(__file__).parent / "invoice_pdf" / "invoice.typ"

# What stands across an invoice that nobody has to pay.
_STAMPS: Mapping[str, str | Promise] = {
    "cancelled": _("Cancelled: nothing to pay"),
    "zero": _("Nothing to pay"),
    "credit": _("Credit in your favor: nothing to pay"),
}


def as_pdf(invoice_id: UUID) -> bytes:
    """The PDF; the same bytes whenever it is made. Raises Invoice.DoesNotExist."""
    invoice = Invoice.objects.select_related("customer").get(id=invoice_id)
    return pdf.render(TEMPLATE, data(invoice), dated=invoice.issued_on)


def second_copy(invoice_id: UUID, *, pay_on: date) -> bytes:
    """The PDF with what it costs to pay it on that day: fine, interest, discount, and what was paid before. Raises
    Invoice.DoesNotExist. Refusal `nothing_owed`."""
    invoice = Invoice.objects.select_related("customer", "receivable").get(id=invoice_id)
    receivable = invoice.receivable
    if receivable is None or receivable.status != ReceivableStatus.OPEN:
        raise Refusal(
            "nothing_owed",
            "Nothing of invoice {number} is owed: it needs no second copy.",
            number=invoice.number,
        )
    return pdf.render(TEMPLATE, data(invoice) | {"today": _to_pay(receivable, pay_on)}, dated=pay_on)


def _to_pay(receivable: Receivable, pay_on: date) -> dict[str, Any]:
    given = settlement.Given(debts.of(receivable), pay_on, None)
    owed = late_charges.owed(given.debt, on=pay_on)
    *steps, _result = settlement_explanation.explain(settlement.write(given))
    return {
        "title": gettext("Second copy, to pay on {day}").format(day=texts.show("day", pay_on)),
        "total": money.format_brl(settlement.asked_for(owed)),
        "steps": [_step(step) for step in steps],
    }


def data(invoice: Invoice) -> dict[str, Any]:
    """Everything that the template prints, as text in Portuguese."""
    organization = organizations.present()
    return {
        "labels": _labels(),
        # What a second copy asks for instead.
        "today": None,
        "title": gettext("Invoice {number}").format(number=_grouped(invoice.number)),
        "number": invoice.number,
        "issued": texts.show("issued_on", invoice.issued_on),
        "due": texts.show("due_on", invoice.due_on),
        "total": money.format_brl(invoice.total_cents),
        "method": texts.render(PAYMENT_WORDS[invoice.payment_method]),
        "stamp": str(_STAMPS.get(invoice.status, "")),
        "creditor": _creditor(organization),
        "customer": _customer(invoice.customer),
        "lines": [_line(line) for line in explained.of_invoice(invoice.id)],
    }


def _labels() -> dict[str, str]:
    return {
        "creditor": gettext("Creditor"),
        "customer": gettext("Customer"),
        "issued": gettext("Issued on"),
        "due": gettext("Due on"),
        "method": gettext("Payment method"),
        "total": gettext("Total"),
        "description": gettext("Description"),
        "period": gettext("Period"),
        "amount": gettext("Amount"),
        "why": gettext("How each amount was made"),
        "page": gettext("Page"),
        "of": gettext("of"),
    }


def _creditor(organization: Organization) -> dict[str, str]:
    return {
        "name": organization.legal_name or organization.name,
        "trade_name": organization.name,
        "document": _document(organization.document),
        "address": organization.address,
    }


def _customer(customer: Customer) -> dict[str, Any]:
    street = ", ".join(filter(None, (customer.street, customer.street_number, customer.complement)))
    city = "/".join(filter(None, (customer.city, customer.state)))
    code = f"{customer.postal_code[:5]}-{customer.postal_code[5:]}" if customer.postal_code else ""
    return {
        "name": customer.name,
        "document": _document(customer.document),
        # Two lines, as on an envelope; at least one, so that there is something to join.
        "address": list(
            filter(
                None,
                (" – ".join(filter(None, (street, customer.district))), " ".join(filter(None, (code, city)))),
            )
        )
        or [""],
    }


def _line(line: ExplainedLine) -> dict[str, Any]:
    return {
        "description": line.description,
        "contract": ""
        if line.contract_number is None
        else gettext("Contract {number}").format(number=_grouped(line.contract_number)),
        "period": _period(line),
        "amount": money.format_brl(line.amount_cents),
        "steps": [] if line.is_plain else [_step(step) for step in line.steps],
    }


def _period(line: ExplainedLine) -> str:
    first, last = texts.show("first_on", line.first_on), texts.show("last_on", line.last_on)
    return first if first == last else gettext("{first} to {last}").format(first=first, last=last)


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _step(step: Step) -> dict[str, str]:
    amount = step.running_cents if step.amount_cents is None else step.amount_cents
    return {"text": texts.render(step.text), "amount": money.format_exact(amount)}


def _document(digits: str) -> str:
    if len(digits) not in (11, 14):
        return digits
    kind = DocumentKind.CPF if len(digits) == 11 else DocumentKind.CNPJ
    return f"{kind.upper()} {documents.format(Document(kind, digits))}"
