"""One contract under examination: what it owes by its terms, against its charges."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import accumulate
from typing import Any, NamedTuple

from perene.apps.contracts import due
from perene.apps.contracts.due import Ownership
from perene.reports.verification.violation import Violation, show
from perene.rules import charging, pricing, schedule
from perene.rules.charging import Kind, Line
from perene.rules.refusals import Refusal

Identity = tuple[object, str, int, int]


class Owed(NamedTuple):
    """What a charge must say."""

    amount_cents: int
    period_start: date
    period_end: date

    @classmethod
    def of(cls, line: Line, part: schedule.Part) -> "Owed":
        priced = pricing.charge_amount(line.price, part_days=part.period.days, whole_days=part.whole_days)
        return cls(priced.amount_cents, *part.period)

    def __str__(self) -> str:
        return f"{self.amount_cents} centavos for {self.period_start} to {self.period_end}"


class Charge(NamedTuple):
    charge_id: bytes
    # None: what a person entered, and no cycle asks for.
    line_id: bytes | None
    kind: str
    cycle: int
    part: int
    status: str
    period_start: date
    period_end: date
    charge_on: date
    amount_cents: int
    # Given back by a reversal and let go: since then it waits.
    released_at: datetime | None

    @property
    def identity(self) -> Identity:
        return (self.line_id or self.charge_id, self.kind, self.cycle, self.part)

    @property
    def says(self) -> Owed:
        return Owed(self.amount_cents, self.period_start, self.period_end)


class Runs:
    """The runs of the whole organization that are done: up to which date did one that began after an instant go?"""

    def __init__(self, rows: Sequence[tuple[datetime, date]]) -> None:
        """`rows`: (began at, date) in the order in which they began."""
        self._started = [row[0] for row in rows]
        self._furthest = list(accumulate(reversed([row[1] for row in rows]), max))[::-1]

    def furthest_after(self, instant: datetime) -> date | None:
        at = bisect_right(self._started, instant)
        return self._furthest[at] if at < len(self._furthest) else None


class Examined:
    """One contract under examination."""

    def __init__(self, contract: Ownership, charges: list[Charge], runs: Runs, *, is_parked: bool) -> None:
        self.contract = contract
        self.charges = charges
        self.existing = {charge.identity: charge for charge in charges}
        self.runs = runs
        self.is_parked = is_parked
        self.subject = f"contract {contract.number}"
        self.lines: dict[Any, Line] = {}

    def violations(self, reader: due.LineReader) -> Iterator[Violation]:
        try:
            self.terms = self.contract.terms
        except Refusal as refusal:  # its plan version cannot be read: nothing of it can be proved
            if not self.is_parked:
                yield self._violation("contract_cannot_be_priced", f"its plan version: {refusal}")
            return
        # As they were agreed, before a cancellation.
        self.agreed = self.terms._replace(ends_on=self.contract.agreed_end_on)
        try:
            self.lines = {line.id: line for line in reader.lines(self.contract.raw_lines)}
            owed = self._owed()
            found = [] if self.is_parked else list(self._missed(owed))
            for charge in self.charges:
                found += self._wrong(charge, owed)
        except Exception as error:  # a run parks such a contract: this one is not parked
            found = []
            if self._should_be_priceable():
                found.append(self._violation("contract_cannot_be_priced", f"{type(error).__name__}: {error}"))
        yield from found

    def _missed(self, owed: dict[Identity, Owed]) -> Iterator[Violation]:
        for identity, expected in owed.items():
            charge = self.existing.get(identity)
            if charge is None or charge.status == "cancelled":
                is_there = "is not charged" if charge is None else "is cancelled"
                yield self._violation("obligation_missed", f"{self._name(identity)} {is_there}: {expected}")
        for charge in self.charges:
            if charge.status == "pending":
                reached = self._reached_since(charge.released_at or _born_by(charge.charge_id))
                if reached is not None and charge.charge_on <= reached:
                    name = self._name(charge.identity)
                    yield self._violation("charge_left_waiting", f"{name} waits since {charge.charge_on}")

    def _wrong(self, charge: Charge, owed: dict[Identity, Owed]) -> Iterator[Violation]:
        """A charge is owed by the terms as they are, or was before the contract's end was known and is given back."""
        if charge.line_id is None:
            return
        line = self.lines.get(charge.line_id)
        if line is None:
            yield self._violation(
                "charge_of_another_line", f"charge {show(charge.charge_id)} is of no line of the contract"
            )
            return
        name = self._name(charge.identity)
        if charge.status in ("cancelled", "forgiven"):
            return
        wanted = self._credit(line, charge) if charge.kind == Kind.CREDIT else None
        if charge.kind != Kind.CREDIT:
            wanted = owed.get(charge.identity) or self._priced(self.terms, line, charge)
            back = self.existing.get((charge.line_id, Kind.CREDIT, charge.cycle, charge.part))
            # Charged before the cancellation was known. What it must give back is checked with the credit itself.
            if wanted != charge.says == self._priced(self.agreed, line, charge) and (
                back is not None or self._gives_nothing_back(line, charge)
            ):
                wanted = charge.says
        if wanted is None:
            yield self._violation("charge_not_owed", f"{name} of {charge.says} is not owed")
        elif wanted != charge.says:
            yield self._violation("amount_wrong", f"{name} is {charge.says}, not {wanted}")

    def _credit(self, line: Line, charge: Charge) -> Owed | None:
        """What a credit must give back: of an invoiced charge that was made before the contract's end was known."""
        given = self.existing.get((charge.line_id, Kind.RECURRING, charge.cycle, charge.part))
        if (
            given is None
            or given.status == "cancelled"
            or given.says != self._priced(self.agreed, line, given)
        ):
            return None
        back = self._end_credit(line, given)
        return None if back is None else Owed(back.amount_cents, back.period_start, back.period_end)

    def _gives_nothing_back(self, line: Line, charge: Charge) -> bool:
        """The contract was cancelled, and the charge's share beyond its end is no money."""
        back = self._end_credit(line, charge)
        return back is not None and back.amount_cents == 0

    def _end_credit(self, line: Line, charge: Charge) -> charging.Draft | None:
        cycle = _cycle(self.terms, charge.cycle)
        if cycle is None or self.terms.ends_on is None:
            return None
        return charging.end_credit(self.terms, line, cycle, part=charge.part, charged_until=charge.period_end)

    def _owed(self) -> dict[Identity, Owed]:
        """Everything that must exist: of each line, what the runs since it came had to charge."""
        found: dict[Identity, Owed] = {}
        of_day: dict[date, list[Line]] = defaultdict(list)
        for line_id, line in self.lines.items():
            through = self._billed_through(_born_by(line_id))
            if through is not None:
                of_day[through].append(line)
        for through, lines in of_day.items():
            owed = charging.owed_through(
                self.terms,
                lines,
                method=self.contract.method,
                is_open_ended=self.contract.is_open_ended,
                through=through,
            )
            for cycle, line, part in owed:
                found[line.id, Kind.RECURRING, cycle.number, part.number] = Owed.of(line, part)
        return found

    def _priced(self, terms: schedule.Terms, line: Line, charge: Charge) -> Owed | None:
        """What the terms say of a charge, whether or not a run had to make it yet; None when they never ask for it."""
        cycle = _cycle(terms, charge.cycle)
        if (
            cycle is None
            or cycle.number < terms.first_cycle
            or schedule.live_cycle(terms, cycle.number) is None
            or not line.is_charged_in(cycle.number)
            or self.contract.method == charging.BillingMethod.NONE
        ):
            return None
        for part in charging.parts_of(terms, line, cycle):
            if part.number == charge.part:
                return Owed.of(line, part)
        return None

    def _should_be_priceable(self) -> bool:
        """Whether this contract was charged, or a run that is done had a cycle of it to charge."""
        through = self._billed_through()
        if self.is_parked or self.charges:
            return not self.is_parked
        if through is None or self.contract.method == charging.BillingMethod.NONE:
            return False
        until = charging.horizon(
            self.contract.method, is_open_ended=self.contract.is_open_ended, through=through
        )
        first = schedule.live_cycle(self.terms, self.terms.first_cycle)
        return first is not None and first.charge_on <= until

    def _billed_through(self, since: datetime | None = None) -> date | None:
        """The furthest date of a run that began after the confirmation (and after `since`) and had to bill this contract;
        None when there was none."""
        confirmed_at = self.contract.confirmed_at
        if confirmed_at is None:
            return None
        return self._reached_since(confirmed_at if since is None else max(confirmed_at, since))

    def _reached_since(self, instant: datetime) -> date | None:
        """The furthest date of a run that began after `instant` and found this contract's gates open."""
        approved_on, activated_on = self.contract.approved_on, self.contract.activated_on
        reached = self.runs.furthest_after(instant)
        if reached is None or approved_on is None or activated_on is None or self.contract.is_in_review:
            return None
        return reached if max(approved_on, activated_on) <= reached else None

    def _violation(self, code: str, detail: str) -> Violation:
        return Violation(code, self.subject, detail)

    def _name(self, identity: Identity) -> str:
        line_id, kind, cycle, part = identity
        line = self.lines.get(line_id)
        return f"“{line.description if line else '?'}” ({kind}, cycle {cycle}, part {part})"


def _cycle(terms: schedule.Terms, number: int) -> schedule.Cycle | None:
    """None for a number beyond the calendar."""
    try:
        return schedule.cycle(terms, number)
    except Refusal:
        return None


def _born_by(row_id: bytes) -> datetime:
    """The end of the millisecond inside a UUIDv7."""
    return datetime.fromtimestamp((int.from_bytes(row_id[:6]) + 1) / 1000, UTC)
