"""What a rehearsal adds up to (X2)."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, Q, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from perene.apps.billing.models import Decision, Rehearsed


@dataclass(frozen=True, slots=True)
class Group:
    """Contracts of one decision and what they would be billed."""

    contracts: int = 0
    total_cents: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a rehearsal. `previous_cents` is the last bill of those that had one; `known_cents` what the same
    contracts would be billed now, so that the two compare."""

    bill: Group
    hold: Group
    billed: Group
    changed: Group
    firsts: Group
    previous_cents: int
    known_cents: int
    anomalies: tuple[tuple[str, int], ...]

    @property
    def contracts(self) -> int:
        return sum(one.contracts for one in (self.bill, self.hold, self.billed, self.changed))

    @property
    def total_cents(self) -> int:
        return sum(one.total_cents for one in (self.bill, self.hold, self.billed, self.changed))


def summary(run_id: UUID) -> Summary:
    """By decision, against the last cycle, and what was found odd (code, contracts), most frequent first."""
    rows = Rehearsed.objects.filter(run_id=run_id)
    groups = {
        row["decision"]: Group(row["contracts"], int(row["total"] or 0))
        for row in rows.values("decision")
        .annotate(contracts=Count("contract_id"), total=Sum("total_cents"))
        .order_by()
    }
    sums = rows.aggregate(
        previous=Sum("previous_cents"),
        known=Sum("total_cents", filter=Q(previous_cents__isnull=False)),
        firsts=Count("contract_id", filter=Q(previous_cents__isnull=True, lines__gt=0)),
        first_total=Sum("total_cents", filter=Q(previous_cents__isnull=True)),
    )
    odd = (
        rows.exclude(anomaly="")
        .values("anomaly")
        .annotate(contracts=Count("contract_id"))
        .order_by("-contracts", "anomaly")
    )
    return Summary(
        bill=groups.get(Decision.BILL, Group()),
        hold=groups.get(Decision.HOLD, Group()),
        billed=groups.get(Decision.BILLED, Group()),
        changed=groups.get(Decision.CHANGED, Group()),
        firsts=Group(sums["firsts"], int(sums["first_total"] or 0)),
        previous_cents=int(sums["previous"] or 0),
        known_cents=int(sums["known"] or 0),
        anomalies=tuple((row["anomaly"], row["contracts"]) for row in odd),
    )


def difference_or_total() -> Combinable:
    """Now less the last bill, for a query over rehearsed contracts; the whole of a first bill."""
    return F("total_cents") - Coalesce(F("previous_cents"), 0)
