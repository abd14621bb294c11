"""Two organizations, the first with two units, each with a month of real billing: what the pages are walked over.

What belongs to a place carries the place's word in its name, so that a page shows by its letters whose data it holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.test import Client

from perene.actions import change, enroll, move_in, rehearse, webhooks
from perene.apps.billing.models import Invoice, Parked, Run
from perene.apps.catalog.models import Item, Plan
from perene.apps.contracts.models import BillingGroup
from perene.apps.ledger.models import Entry
from perene.apps.organizations import organizations
from perene.apps.organizations.models import Membership, Unit
from perene.apps.receivables import opening
from perene.apps.receivables.models import Credit
from perene.kit import clock, tenancy
from tests import factories

BILLED_ON = date(2026, 1, 1)
# The poison: limits that do not grow. The rules refuse it wherever it is priced.
BAD_TIERS = [["10", 100, 0], ["5", 90, 0], [None, 80, 0]]


@dataclass
class Place:
    """A unit of an organization and what lives in it."""

    word: str
    customer_id: UUID
    contract_id: UUID
    invoice_id: UUID
    parked_id: UUID | None = None
    parked_contract_id: UUID | None = None
    receivable_id: UUID | None = None
    credit_id: UUID | None = None


@dataclass
class World:
    """`here` and `there` are units of the first organization, `abroad` is another organization."""

    organization_id: int
    other_id: int
    here: Place
    there: Place
    abroad: Place
    ids: dict[str, UUID] = field(default_factory=dict)

    # Who signs in, all with factories.PASSWORD.
    owner = "dona@aqui.example.com"
    limited = "limitada@aqui.example.com"
    stranger = "dono@fora.example.com"


def build() -> World:
    """Everything through the public doors; the poisoned tiers are what no door lets in."""
    first = factories.organization("Provedor Aqui", owner_email=World.owner)
    with tenancy.organization(first):
        enroll.unit(name="Filial Sul", code="SUL")
        for role in ("finance", "sales", "collections_operator", "collections_manager", "auditor"):
            enroll.person(
                email=f"{role}@aqui.example.com",
                name=f"Pessoa {role}",
                role=role,
                password=factories.PASSWORD,
            )
        enroll.person(
            email=World.limited,
            name="Limitada ao Sul",
            role="finance",
            password=factories.PASSWORD,
            unit_codes=["SUL"],
        )
        plan = factories.plan("FIBRA", ("Internet 500", 99_90), ("Wi-Fi", 15_00))
        bad = factories.plan("TORTO", {"name": "Nuvem", "unit_cents": 0, "calc_type": "graduated", "quantity": 7,
                                       "tiers": BAD_TIERS})  # fmt: skip
        here = _place("Daqui", plan, bad, unit_code="SUL")
        there = _place("Proibida", plan, bad, unit_code="MATRIZ")
        factories.run(BILLED_ON)
        _settle(here), _settle(there)
        ids = {
            "run_id": Run.objects.latest("number").id,
            "entry_id": Entry.objects.latest("id").id,
            **_told(),
            "plan_id": Plan.objects.get(external_code="FIBRA").id,
            "item_id": Item.objects.get(code="FIBRA-1").id,
            "group_id": BillingGroup.objects.get(customer_id=here.customer_id).id,
            "membership_id": Membership.objects.get(person__email=World.limited).id,
            "unit_id": Unit.objects.get(code="SUL").id,
        }
        # What cannot be priced is found by a rehearsal too.
        ids["rehearsal_id"] = rehearse.whole(through=BILLED_ON, now=clock.now)
        rehearse.discard(ids["rehearsal_id"], now=clock.now())
    other = factories.organization("Provedor Fora", owner_email=World.stranger)
    with tenancy.organization(other):
        abroad = _place("Estrangeira", factories.plan("RADIO", ("Antena", 59_90)), None, unit_code="MATRIZ")
        factories.run(BILLED_ON)
        _settle(abroad)
    return World(first, other, here, there, abroad, ids)


def _told() -> dict[str, UUID]:
    """Somebody who hears of what happens, and a delivery on its way there."""
    endpoint_id, _secret = webhooks.add("https://aqui.example.com/", now=clock.now())
    return {
        "endpoint_id": endpoint_id,
        "delivery_id": webhooks.ping(endpoint_id, now=clock.now(), on=BILLED_ON),
    }


def signed_in(email: str, password: str = factories.PASSWORD) -> Client:
    """A browser in which this person has signed in."""
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=False)
    answer = client.post("/entrar", {"email": email, "password": password})
    assert answer.status_code == 302, "signing in failed"
    return client


def more_invoices(count: int) -> None:
    """`count` more customers of the present organization with an invoice each, of amounts that all differ."""
    plan = factories.plan(f"VARIOS{count}", ("Internet", 50_00))
    for number in range(count):
        customer = factories.customer(f"Cliente {number:04d}")
        factories.contract(plan, customer_id=customer, due_day=1 + number % 28)
    factories.run(BILLED_ON)


def cancel_one(place: Place) -> None:
    """The place's contract ends: its line of life gets an end."""
    change.cancel(place.contract_id, ends_on=date(2026, 2, 1), reason="Mudança", on=BILLED_ON)


def _place(word: str, plan: UUID, bad: UUID | None, *, unit_code: str) -> Place:
    unit = organizations.unit_by_code(unit_code)
    customer = factories.customer(
        f"Cliente {word} Silva",
        unit=unit,
        email=f"{word.lower()}@example.com",
        city=f"Cidade {word}",
        state="SP",
    )
    contract = factories.contract(plan, customer_id=customer, due_day=10, external_id=f"CTR-{word}")
    place = Place(word, customer, contract, invoice_id=UUID(int=0))
    if bad is not None:
        poisoned = factories.customer(f"Retida {word} Souza", unit=unit)
        place.parked_contract_id = factories.contract(bad, customer_id=poisoned, due_day=5)
    return place


def _settle(place: Place) -> None:
    invoice = Invoice.objects.get(customer_id=place.customer_id)
    place.invoice_id, place.receivable_id = invoice.id, invoice.receivable_id
    if place.parked_contract_id is not None:
        place.parked_id = Parked.objects.get(contract_id=place.parked_contract_id).id


def give_credits(made: World) -> None:
    """A credit for each place of the first organization."""
    with tenancy.organization(made.organization_id):
        for place in (made.here, made.there):
            brought = opening.Row(place.customer_id, None, f"CRED-{place.word}", None, 3_21)
            move_in.credits([brought], on=BILLED_ON, now=clock.now())
            place.credit_id = Credit.objects.get(customer_id=place.customer_id).id


def unit_id(made: World, code: str) -> UUID:
    """A unit of the first organization."""
    with tenancy.organization(made.organization_id):
        unit = organizations.unit_by_code(code)
        assert unit is not None
        return UUID(str(unit.id))


def state_of(made: World) -> dict[str, object]:
    """What an act that is refused must leave as it was."""
    with tenancy.organization(made.organization_id):
        present = organizations.present()
        return {
            "runs": Run.objects.count(),
            "invoices": Invoice.objects.count(),
            "tries": sorted(Parked.objects.values_list("tries", "is_open")),
            "clock": (present.clock_on, present.clock_target_on),
        }
