"""`perene plan create`: a plan from the command line, for those who begin with an import (docs/importing.md)."""

from typing import Any

from perene.interfaces.cli.command import later


def register(subparsers: Any) -> None:
    """Declare the command."""
    plan = subparsers.add_parser("plan", help="make a plan")
    acts = plan.add_subparsers(dest="act", metavar="ACT", required=True)
    create = acts.add_parser("create", help="a new plan with its items")
    create.add_argument("--organization", required=True, metavar="O", help="its number or its exact name")
    create.add_argument("--code", required=True, help="its external code, never used before")
    create.add_argument("--name", required=True)
    create.add_argument(
        "--methods", required=True, metavar="M,M", help="payment methods: boleto, pix, pix_automatico, card"
    )
    create.add_argument(
        "--interval", default="month", help="week, month, quarter, half_year or year (default: month)"
    )
    create.add_argument(
        "--interval-count", type=int, default=1, metavar="N", help="charged every N intervals"
    )
    create.add_argument("--total-cycles", type=int, metavar="N", help="how many charges (default: no end)")
    day = create.add_mutually_exclusive_group()
    day.add_argument(
        "--charge-day", type=int, metavar="D", help="day of the month, or weekday 1-7 (default: 1)"
    )
    day.add_argument("--charge-before", type=int, metavar="N", help="N days before the period begins")
    day.add_argument("--charge-end", type=int, metavar="N", help="N days after the period has ended")
    create.add_argument(
        "--due-after-days", type=int, metavar="N", help="days from the charge to the due date"
    )
    create.add_argument(
        "--prorate-first", action="store_true", help="charge the days before the first charge day"
    )
    create.add_argument("--prorate-last", action="store_true", help="charge only the days until the end")
    create.add_argument(
        "--item",
        action="append",
        default=[],
        metavar="CODE[:QUANTITY]",
        help="an item of the registry; may be repeated",
    )
    create.add_argument("--activate", action="store_true", help="put it on sale at once")
    create.add_argument("--json", action="store_true", help="one JSON object a line")
    create.set_defaults(run=later("plans.create:run"))
