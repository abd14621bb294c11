"""Invoices: read with the explanation of every amount, issued by hand, cancelled."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Query
from pydantic import Field

from perene.actions import invoice as invoice_actions
from perene.apps.billing.models import Invoice
from perene.apps.customers.models import Customer
from perene.apps.ledger.models import Account
from perene.apps.organizations.models import Unit
from perene.interfaces.api import once, paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, named, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.plans import PaymentMethod
from perene.interfaces.api.values import Cents, Day, Flag, Given, Reason, Short, Shown
from perene.kit import texts
from perene.reports import explained, invoice_document
from perene.reports.explained import ExplainedLine
from perene.rules import money

subject = Subject("Faturas")


class LineGiven(Given):
    """Valor negativo: um desconto."""

    description: Short
    amount_cents: Cents
    account_id: Annotated[UUID | None, Field(description="Nulo: a conta de receita.")] = None


class InvoiceGiven(Given):
    """As linhas somam mais que zero. Créditos abertos do cliente são usados na hora."""

    customer_id: UUID
    due_on: Day
    payment_method: PaymentMethod
    lines: Annotated[list[LineGiven], Field(min_length=1, max_length=100)]
    unit_id: Annotated[UUID | None, Field(description="Nulo: a do cliente.")] = None


class InvoiceCancellation(Given):
    """`give_back`: as contas voltam e esperam liberação para serem faturadas de novo; senão são canceladas junto."""

    reason: Reason
    give_back: Flag = False


class StepShown(Shown):
    """Um passo do cálculo. `amount` e `running` por extenso porque podem ter frações de centavo."""

    text: str
    amount: str | None
    running: str


class LineShown(Shown):
    """`is_proved`: refeita a conta a partir do que ficou guardado, dá o mesmo valor."""

    number: int
    description: str
    contract_id: UUID | None
    account_code: str
    kind: str
    cycle: int
    part: int
    first_on: Day
    last_on: Day
    amount_cents: int
    is_reversed: bool
    is_proved: bool
    steps: list[StepShown]


class InvoiceShown(Shown):
    id: UUID
    number: int
    status: str
    customer_id: UUID
    unit_id: UUID
    contract_id: UUID | None
    run_id: UUID | None
    receivable_id: UUID | None
    issued_on: Day
    due_on: Day
    payment_method: str
    total_cents: int


class WholeInvoiceShown(InvoiceShown):
    lines: list[LineShown]


class InvoiceFilters(Paging):
    customer_id: UUID | None = None
    contract_id: UUID | None = None
    run_id: UUID | None = None
    unit_id: UUID | None = None
    status: Literal["open", "zero", "credit", "cancelled"] | None = None
    number: Annotated[int | None, Field(ge=1, le=2**62)] = None
    due_from: Day | None = None
    due_through: Day | None = None


@subject.reads("/invoices", scope="invoices.read", answer=Page[InvoiceShown], summary="Faturas")
def list_invoices(request: ApiRequest, asked: Query[InvoiceFilters]):
    found = Invoice.objects.in_units(request.unit_ids)
    for name in ("customer_id", "contract_id", "run_id", "unit_id", "status", "number"):
        if (value := getattr(asked, name)) is not None:
            found = found.filter(**{name: value})
    if asked.due_from is not None:
        found = found.filter(due_on__gte=asked.due_from)
    if asked.due_through is not None:
        found = found.filter(due_on__lte=asked.due_through)
    return paging.page(found, asked, lambda row: InvoiceShown(**_columns(row)))


@subject.acts(
    "/invoices",
    scope="invoices.write",
    answer=WholeInvoiceShown,
    status=201,
    is_repeatable=True,
    summary="Emitir fatura avulsa",
)
def create_invoice(request: ApiRequest, body: InvoiceGiven):
    named(Customer.objects.in_units(request.unit_ids), body.customer_id, "customer_id")
    units = Unit.objects.all()
    if request.unit_ids is not None:
        units = units.filter(id__in=request.unit_ids)
    named(units, body.unit_id, "unit_id")
    for position, line in enumerate(body.lines):
        named(Account.objects, line.account_id, f"lines/{position}/account_id")
    key = once.request_key(request)
    invoice_id = invoice_actions.by_hand(
        body.customer_id,
        lines=[(line.description, line.amount_cents, line.account_id) for line in body.lines],
        due_on=body.due_on,
        payment_method=body.payment_method,
        unit_id=body.unit_id,
        request_key=key,
        on=request.today,
        now=request.now,
    )
    if invoice_id is None:
        invoice_id = Invoice.objects.get(request_key=key).id
    return _read(request, invoice_id)


@subject.reads(
    "/invoices/{uuid:invoice_id}",
    scope="invoices.read",
    answer=WholeInvoiceShown,
    summary="Uma fatura, com o porquê de cada valor",
)
def get_invoice(request: ApiRequest, invoice_id: UUID):
    return _read(request, invoice_id)


@subject.reads(
    "/invoices/{uuid:invoice_id}/pdf",
    scope="invoices.read",
    answer=None,
    binary="application/pdf",
    summary="A fatura em PDF",
)
def get_invoice_pdf(request: ApiRequest, invoice_id: UUID):
    invoice = one(Invoice.objects.in_units(request.unit_ids), invoice_id)
    return HttpResponse(
        invoice_document.as_pdf(invoice.id),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="fatura-{invoice.number}.pdf"'},
    )


@subject.acts(
    "/invoices/{uuid:invoice_id}/cancel",
    scope="invoices.write",
    answer=WholeInvoiceShown,
    summary="Cancelar fatura",
)
def cancel_invoice(request: ApiRequest, invoice_id: UUID, body: InvoiceCancellation):
    """Recusado enquanto um pagamento a baixa: estorne-o antes."""
    invoice = one(Invoice.objects.in_units(request.unit_ids), invoice_id)
    invoice_actions.cancel(
        invoice.id, reason=body.reason, give_back=body.give_back, on=request.today, now=request.now
    )
    return _read(request, invoice.id)


def _read(request: ApiRequest, invoice_id: UUID) -> WholeInvoiceShown:
    invoice = one(Invoice.objects.in_units(request.unit_ids), invoice_id)
    return WholeInvoiceShown(
        **_columns(invoice), lines=[_line(line) for line in explained.of_invoice(invoice.id)]
    )


def _columns(invoice: Invoice) -> dict[str, object]:
    return {name: getattr(invoice, name) for name in InvoiceShown.model_fields}


def _line(line: ExplainedLine) -> LineShown:
    columns = {name: getattr(line, name) for name in LineShown.model_fields if name != "steps"}
    steps = [
        StepShown(
            text=texts.render(step.text),
            amount=None if step.amount_cents is None else money.format_exact(step.amount_cents),
            running=money.format_exact(step.running_cents),
        )
        for step in line.steps
    ]
    return LineShown(**columns, steps=steps)
