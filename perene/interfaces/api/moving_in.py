"""What was open in the system that the organization comes from: it enters the books once, and is never billed again."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from perene.actions import move_in
from perene.apps.customers.models import Customer
from perene.apps.organizations.models import Unit
from perene.apps.receivables.opening import Row
from perene.interfaces.api import problems
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject
from perene.interfaces.api.plans import PaymentMethod
from perene.interfaces.api.values import Code, Day, Given, PositiveCents, Short, Shown

subject = Subject("Implantação")


class OpeningReceivable(Given):
    """`external_id`: o código no sistema anterior; entra uma vez só."""

    customer_id: UUID
    external_id: Code
    due_on: Day
    amount_cents: PositiveCents
    payment_method: PaymentMethod = "boleto"
    unit_id: UUID | None = None
    description: Short = ""


class OpeningCredit(Given):
    """`granted_on` nulo: hoje."""

    customer_id: UUID
    external_id: Code
    amount_cents: PositiveCents
    granted_on: Day | None = None
    unit_id: UUID | None = None
    description: Short = ""


class OpeningReceivables(Given):
    rows: Annotated[list[OpeningReceivable], Field(min_length=1, max_length=1000)]


class OpeningCredits(Given):
    rows: Annotated[list[OpeningCredit], Field(min_length=1, max_length=1000)]


class MovedShown(Shown):
    new: Annotated[int, Field(description="Quantos entraram; os que já estavam ficam como estão.")]


@subject.acts(
    "/opening-receivables",
    scope="receivables.write",
    answer=MovedShown,
    is_repeatable=True,
    summary="Títulos em aberto na implantação",
)
def move_in_receivables(request: ApiRequest, body: OpeningReceivables):
    """Todos ou nenhum."""
    _check(request, body.rows)
    rows = [Row(**each.model_dump()) for each in body.rows]
    return MovedShown(new=move_in.receivables(rows, on=request.today, now=request.now))


@subject.acts(
    "/opening-credits",
    scope="receivables.write",
    answer=MovedShown,
    is_repeatable=True,
    summary="Créditos de clientes na implantação",
)
def move_in_credits(request: ApiRequest, body: OpeningCredits):
    """Todos ou nenhum."""
    _check(request, body.rows)
    rows = [Row(**each.model_dump(exclude={"granted_on"}), due_on=each.granted_on) for each in body.rows]
    return MovedShown(new=move_in.credits(rows, on=request.today, now=request.now))


def _check(request: ApiRequest, rows: list[OpeningReceivable] | list[OpeningCredit]) -> None:
    """Every customer and unit is there for this key."""
    wanted = {each.customer_id for each in rows}
    found = Customer.objects.in_units(request.unit_ids).filter(id__in=wanted)
    customers = set(found.values_list("id", flat=True))
    units = set(Unit.objects.values_list("id", flat=True))
    if request.unit_ids is not None:
        units &= request.unit_ids
    for position, each in enumerate(rows):
        if each.customer_id not in customers:
            raise problems.not_there(f"rows/{position}/customer_id")
        if each.unit_id is not None and each.unit_id not in units:
            raise problems.not_there(f"rows/{position}/unit_id")
