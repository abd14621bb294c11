"""Lives the demo's calendar through the public doors. What was done before is seen and not done again."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date

from perene.actions import change, customers, daily, enroll, sell
from perene.apps.contracts.models import Contract, ContractStatus
from perene.apps.customers.customers import ContactContent, CustomerContent
from perene.apps.customers.models import Customer
from perene.apps.organizations import organizations
from perene.apps.organizations.models import Membership
from perene.interfaces.cli.demo import damage, payments, people, plans
from perene.interfaces.cli.demo.calendar import Agreement, Campaign, Cancel, Change, Damage, Event, Join
from perene.interfaces.cli.demo.people import Person
from perene.kit import clock

# Who may sign in besides the owner: role, name, mailbox, units (None = all).
STAFF = (
    ("finance", "Fábio Financeiro", "financeiro", None),
    ("sales", "Vera Vendedora", "vendas", None),
    ("collections_operator", "Olívia Operadora", "cobranca", (people.BRANCH,)),
    ("collections_manager", "Gustavo Gerente", "gerencia", None),
    ("auditor", "Aurélia Auditora", "auditoria", None),
)
DOMAIN = "aurora.example.com"


def prepare(*, password: str) -> None:
    """Units, people, items and plans, where they are missing."""
    if organizations.unit_by_code(people.BRANCH) is None:
        enroll.unit(name="Filial Sul", code=people.BRANCH)
    known = set(Membership.objects.values_list("person__email", flat=True))
    for role, name, mailbox, unit_codes in STAFF:
        email = f"{mailbox}@{DOMAIN}"
        if email not in known:
            enroll.person(email=email, name=name, role=role, password=password, unit_codes=unit_codes)
    plans.offer()


def live(events: list[Event], *, until: date, each_day: Callable[[date], None]) -> None:
    """From where the clock stands to `until`: each day's nightly work first, then what comes in and what happens on it."""

    def lived(on: date) -> None:
        payments.pay(on=on)
        each_day(on)

    by_day: dict[date, list[Event]] = defaultdict(list)
    for event in events:
        by_day[event.on].append(event)
    with daily.moving():
        daily.finish_move(now=clock.now, each_day=lived)  # a move that was interrupted
    provider = _Provider()
    while (on := _today()) < until:
        for event in by_day[on]:
            provider.does(event)
        # Up to the next day with an event at once; every day on the way is lived all the same.
        next_on = min((day for day in by_day if day > on and by_day[day]), default=until)
        daily.advance(target_on=min(next_on, until), now=clock.now, each_day=lived)


def _today() -> date:
    on = organizations.present().clock_on
    assert on is not None
    return on


class _Provider:
    """Does events, each at most once."""

    def __init__(self) -> None:
        self._customers = dict(Customer.objects.exclude(external_id=None).values_list("external_id", "id"))
        self._contracts = dict(Contract.objects.exclude(external_id=None).values_list("external_id", "id"))
        self._versions = plans.versions_on_sale()

    def does(self, event: Event) -> None:
        match event:
            case Join(on, agreement):
                self._join(agreement, on)
            case Change(on, number, plan_code):
                contract = self._contract(number)
                if contract.plan_version.plan.external_code != plan_code:
                    change.plan(contract.id, plan_version_id=self._versions[plan_code], on=on)
            case Cancel(on, number, ends_on, reason):
                contract = self._contract(number)
                if contract.status == ContractStatus.ACTIVE:
                    change.cancel(contract.id, ends_on=ends_on, reason=reason, on=on)
            case Campaign(_, name, is_over):
                plans.run_campaign(name, is_over=is_over)
                self._versions = plans.versions_on_sale()
            case Damage(_, number):
                damage.break_tiers(number)

    def _join(self, agreement: Agreement, on: date) -> None:
        person = agreement.person
        if person.external_id not in self._customers:
            self._customers[person.external_id] = customers.create(_content(person))
        if agreement.number not in self._contracts:
            self._contracts[agreement.number] = sell.contract(
                sell.Sale(
                    customer_id=self._customers[person.external_id],
                    plan_version_id=self._versions[agreement.plan_code],
                    started_on=agreement.started_on,
                    payment_method=agreement.payment_method,
                    term_kind=agreement.term_kind,
                    term_months=agreement.term_months,
                    due_day=agreement.due_day,
                    billing_method=agreement.billing_method,
                    external_id=agreement.number,
                    cut_over_on=agreement.cut_over_on,
                ),
                on=on,
                now=clock.now(),
            )

    def _contract(self, number: str) -> Contract:
        return Contract.objects.select_related("plan_version__plan").get(id=self._contracts[number])


def _content(person: Person) -> CustomerContent:
    return CustomerContent(
        name=person.name,
        document=person.document,
        contacts=(ContactContent("email", person.email), ContactContent("whatsapp", person.phone)),
        external_id=person.external_id,
        unit_code=person.place.unit_code,
        since_on=person.since_on,
        street=person.street,
        street_number=person.street_number,
        district=person.district,
        city=person.place.city,
        state=person.place.state,
        postal_code=person.postal_code,
    )
