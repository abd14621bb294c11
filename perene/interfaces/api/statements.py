"""What happened between a customer and the organization, with the balance after each."""

from uuid import UUID

from ninja import Query

from perene.apps.customers.models import Customer
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, one
from perene.interfaces.api.paging import Span
from perene.interfaces.api.values import Day, Shown
from perene.reports import statement

subject = Subject("Clientes")


class StatementLineShown(Shown):
    """`change_cents`: quanto o saldo cresce. `kind`: invoice, payment, credit, write_off, refund, reversal, …"""

    on: Day
    kind: str
    subject_id: UUID
    receivable_id: UUID | None
    number: int | None
    due_on: Day | None
    change_cents: int
    received_cents: int
    fine_cents: int
    interest_cents: int
    discount_cents: int
    surplus_cents: int
    balance_cents: int


class StatementShown(Shown):
    """Saldo: o que o cliente deve menos os créditos abertos; negativo, é a organização que deve."""

    customer_id: UUID
    from_on: Day
    through_on: Day
    opening_cents: int
    closing_cents: int
    lines: list[StatementLineShown]


@subject.reads(
    "/customers/{uuid:customer_id}/statement",
    scope="receivables.read",
    answer=StatementShown,
    summary="Extrato do cliente",
)
def get_statement(request: ApiRequest, customer_id: UUID, asked: Query[Span]):
    customer = one(Customer.objects.in_units(request.unit_ids), customer_id)
    asked.check()
    found = statement.of_customer(
        customer.id, from_on=asked.from_on, through_on=asked.through_on, unit_ids=request.unit_ids
    )
    columns = {name: getattr(found, name) for name in StatementShown.model_fields if name != "lines"}
    return StatementShown(
        **columns,
        lines=[
            StatementLineShown(**{name: getattr(line, name) for name in StatementLineShown.model_fields})
            for line in found.lines
        ],
    )
