"""What happens to the demo's provider, and when: everything follows from the seed, nothing from what was done so far, so
that a demo that was interrupted goes on where it stopped."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from perene.interfaces.cli.demo import plans
from perene.interfaces.cli.demo.people import Person, Registry
from perene.rules import periods

# The evening before the first month: what is sold then is billed from the first day on.
BEGINS_ON = date(2025, 11, 30)

DUE_DAYS = (5, 10, 15, 20, 25)
HOUSEHOLD_PLANS = ("FIBRA-300", "FIBRA-500", "FIBRA-1G", "COMBO-TV", "COMBO-FONE", "ANUAL-500")
HOUSEHOLD_WEIGHTS = (26, 34, 12, 16, 8, 4)
METHODS = ("boleto", "pix", "pix_automatico", "card")
METHOD_WEIGHTS = (42, 26, 18, 14)
TERMS = (("open", None), ("renewing", 12), ("fixed", 12), ("fixed", 6))
TERM_WEIGHTS = (55, 37, 5, 3)
# Due so many days after the charge, as their plans say.
WITHOUT_DUE_DAY = ("EMPRESA", "ANUAL-500")
REASONS = (
    "Mudança de endereço",
    "Preço",
    "Concorrente",
    "Falecimento do titular",
    "Insatisfação com o atendimento",
)

# A few of the first customers have what a screen should have something of: (plan, billing method) by position.
SPECIAL = {
    1: ("COMBO-FONE", "grouped"),
    3: ("FIBRA-500", "one_per_charge"),
    5: ("FIBRA-300", "none"),
    7: ("FIBRA-1G", "one_per_charge"),
    9: ("ANUAL-500", "grouped"),
}
DAMAGED = 1

COMPANY_SHARE = 0.08
BASE_SHARE = 0.62  # of all customers are there from the beginning
SECOND_CONTRACT_SHARE = 0.10
CHANGE_SHARE = 0.12
RETENTION_SHARE = 0.07
CANCEL_SHARE = 0.13


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contract to be; `number` is its external id. Without a cut-over it is billed from its start."""

    number: str
    person: Person
    plan_code: str
    started_on: date
    payment_method: str
    due_day: int | None
    term_kind: str = "open"
    term_months: int | None = None
    billing_method: str = "grouped"
    cut_over_on: date | None = None


@dataclass(frozen=True, slots=True)
class Join:
    on: date
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Change:
    on: date
    number: str
    plan_code: str


@dataclass(frozen=True, slots=True)
class Cancel:
    on: date
    number: str
    ends_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Campaign:
    on: date
    name: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class Damage:
    """Somebody's script, long ago, broke the tiers of a contract: it will be held back until it is mended."""

    on: date
    number: str


Event = Join | Change | Cancel | Campaign | Damage


def ends_on(months: int) -> date:
    """The day on which the demo's clock stands when all is lived: the first after the last month."""
    return periods.add_months(BEGINS_ON + timedelta(days=1), months)


def events(*, seed: str, customers: int, months: int) -> list[Event]:
    """Everything, in the order in which it happens."""
    year = _Year(Random(seed), months)
    year.campaigns()
    for position in range(customers):
        year.customer(is_there_already=position < max(1, round(customers * BASE_SHARE)), position=position)
    order = (Campaign, Join, Change, Cancel, Damage)
    return sorted(year.events, key=lambda event: (event.on, order.index(type(event))))


class _Year:
    def __init__(self, random: Random, months: int) -> None:
        self.events: list[Event] = []
        self._random = random
        self._registry = Registry(random)
        self._first_on = BEGINS_ON + timedelta(days=1)
        self._days = (ends_on(months) - self._first_on).days
        self._contracts = 0

    def campaigns(self) -> None:
        """Each lasts three weeks; a short demo has those that fit."""
        for name, starts_after in zip(plans.CAMPAIGNS, (60, 150, 335), strict=True):
            if starts_after + 21 < self._days:
                starts_on = self._first_on + timedelta(days=starts_after)
                self.events.append(Campaign(starts_on, name, is_over=False))
                self.events.append(Campaign(starts_on + timedelta(days=21), name, is_over=True))

    def customer(self, *, is_there_already: bool, position: int) -> None:
        """A customer with a contract or two, and what becomes of them."""
        random = self._random
        joins_on = BEGINS_ON if is_there_already else self._some_day(5, self._days)
        since_on = self._registry.day_before(BEGINS_ON, years=4) if is_there_already else joins_on
        person = self._registry.person(
            since_on=since_on, company_share=0 if position in SPECIAL else COMPANY_SHARE
        )
        code, method = SPECIAL.get(
            position, ("EMPRESA" if person.is_company else self._household_plan(), "grouped")
        )
        self._sell(person, joins_on, plan_code=code, billing_method=method, is_damaged=position == DAMAGED)
        if random.random() < SECOND_CONTRACT_SHARE and (joins_on - self._first_on).days < self._days - 10:
            later_on = max(joins_on, self._some_day(5, self._days))
            self._sell(person, later_on, plan_code=self._household_plan())

    def _sell(
        self,
        person: Person,
        on: date,
        *,
        plan_code: str,
        billing_method: str = "grouped",
        is_damaged: bool = False,
    ) -> None:
        random = self._random
        self._contracts += 1
        kind, term_months = random.choices(TERMS, TERM_WEIGHTS)[0]
        is_old = person.since_on < on == BEGINS_ON
        if is_old and kind == "fixed":
            kind, term_months = "renewing", 12
        agreement = Agreement(
            number=f"CTR-{self._contracts:05d}",
            person=person,
            plan_code=plan_code,
            started_on=person.since_on if is_old else on,
            payment_method=random.choices(METHODS, METHOD_WEIGHTS)[0],
            due_day=None if plan_code in WITHOUT_DUE_DAY else random.choice(DUE_DAYS),
            term_kind=kind,
            term_months=term_months,
            billing_method=billing_method,
            cut_over_on=self._first_on if is_old else None,
        )
        self.events.append(Join(on, agreement))
        if is_damaged:
            self.events.append(Damage(self._first_on + timedelta(days=self._days * 2 // 3), agreement.number))
        elif billing_method == "grouped":
            self._what_becomes_of(agreement, on)

    def _household_plan(self) -> str:
        return self._random.choices(HOUSEHOLD_PLANS, HOUSEHOLD_WEIGHTS)[0]

    def _what_becomes_of(self, agreement: Agreement, on: date) -> None:
        """A change, a change of mind, an end: at most one of them, and never in the first month."""
        random, number = self._random, agreement.number
        earliest = (on - self._first_on).days + 30
        fate = random.random()
        if earliest >= self._days - 3 or agreement.term_kind == "fixed":
            return
        day = self._some_day(earliest, self._days - 1)
        if fate < CANCEL_SHARE:
            last_on = day + timedelta(days=random.choice((1, 1, 10, 30)))
            self.events.append(Cancel(day, number, last_on, random.choice(REASONS)))
        elif fate < CANCEL_SHARE + CHANGE_SHARE and agreement.plan_code in plans.UPGRADES:
            self.events.append(Change(day, number, plans.UPGRADES[agreement.plan_code]))
        elif fate < CANCEL_SHARE + CHANGE_SHARE + RETENTION_SHARE and agreement.plan_code == "FIBRA-500":
            self.events.append(Change(day, number, plans.RETENTION))

    def _some_day(self, first: int, last: int) -> date:
        return self._first_on + timedelta(days=self._random.randrange(first, max(first + 1, last)))
