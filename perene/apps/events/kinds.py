"""What is told to whoever listens (docs/webhooks.md explains each). An event of another kind stays inside."""

PING = "ping"

KINDS = (
    "charge.cancelled",
    "charge.entered",
    "contract.cancelled",
    "contract.charges_released",
    "contract.confirmed",
    "contract.due_day_changed",
    "contract.plan_changed",
    "credit.moved_in",
    "credit.refunded",
    "customer.merged",
    "invoice.cancelled",
    "invoice.issued",
    "receivable.due_date_changed",
    "receivable.moved_in",
    "receivable.partly_settled",
    "receivable.settled",
    "receivable.written_off",
    "run.approved",
    "run.reversed",
    "settlement.reversed",
)
