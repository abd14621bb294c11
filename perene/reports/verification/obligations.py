"""None missed, none too many: what each contract owes by its terms, against the charges that exist.

Looks at terms, lines and the runs that are done; never at the run's cursor. A parked contract is not missed: it is in sight, on
its own list. A contract confirmed, or a line that came, after a run began did not owe it anything.
"""

from collections import defaultdict
from collections.abc import Iterator, Set
from uuid import UUID

from perene.apps.contracts import due
from perene.apps.organizations import organizations
from perene.kit import reading
from perene.reports.verification.examined import Charge, Examined, Runs
from perene.reports.verification.violation import Violation, of_rows

CHUNK = 5000


def check() -> Iterator[Violation]:
    yield from of_rows(
        "charge_without_terms",
        "charge",
        """SELECT ch.id, ch.contract_id FROM billing_charge ch
             LEFT JOIN contracts_billingterms t ON t.contract_id = ch.contract_id
           WHERE t.contract_id IS NULL AND ch.contract_id IS NOT NULL""",
        "is of contract {}, which has no billing terms",
    )
    # An approved run bills what was rehearsed (rehearsals.check); what it owes beside that is the next run's.
    runs = Runs(
        reading.rows(
            """SELECT started_at, through_on FROM billing_run
               WHERE status = 'done' AND contract_id IS NULL AND NOT is_rehearsed ORDER BY started_at"""
        )
    )
    parked = {row[0] for row in reading.rows("SELECT contract_id FROM billing_parked WHERE is_open")}
    forgiven = {
        row[0]
        for row in reading.rows(
            """SELECT l.charge_id FROM billing_invoice i JOIN billing_invoiceline l ON l.invoice_id = i.id
               WHERE i.status = 'cancelled' AND i.cancel_reason <> ''"""
        )
    }
    lead_days = organizations.present().lead_days
    reader = due.LineReader()
    last: bytes | None = None
    while contracts := due.owners(
        after=None if last is None else UUID(bytes=last), size=CHUNK, lead_days=lead_days
    ):
        last = contracts[-1].contract_id
        charges = _charges(contracts[0].contract_id, last, forgiven)
        for contract in contracts:
            found = charges.get(contract.contract_id, [])
            examined = Examined(contract, found, runs, is_parked=contract.contract_id in parked)
            yield from examined.violations(reader)


def _charges(first: bytes, last: bytes, forgiven: Set[bytes]) -> dict[bytes, list[Charge]]:
    """By contract. Those whose invoice a person cancelled for good are `forgiven`: they need not be charged any more."""
    found: dict[bytes, list[Charge]] = defaultdict(list)
    for row in reading.rows(
        """SELECT ch.contract_id, ch.id, ch.line_id, ch.kind, ch.cycle, ch.part, ch.status, ch.period_start, ch.period_end,
                  ch.charge_on, ch.amount_cents, ch.released_at
             FROM billing_charge ch WHERE ch.contract_id BETWEEN %s AND %s""",
        [UUID(bytes=first), UUID(bytes=last)],
    ):
        charge = Charge(*row[1:])
        if charge.status == "cancelled" and charge.charge_id in forgiven:
            charge = charge._replace(status="forgiven")
        found[row[0]].append(charge)
    return found
