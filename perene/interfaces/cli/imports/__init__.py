"""`perene import WHAT FILE`: a portfolio, and what was open with it, from CSV files (docs/importing.md)."""

from datetime import date
from typing import Any

from perene.interfaces.cli.command import later
from perene.interfaces.cli.commands import iso_date

WHAT = ("items", "customers", "contracts", "contract-items", "opening-receivables", "opening-credits")
# `--cut-over none`: nobody charged these contracts yet.
NO_CUT_OVER = "none"

# A problem more than these is counted, not shown: the person corrects and tries again.
SHOWN_PROBLEMS = 50


def register(subparsers: Any) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "import", help="bring in items, customers, contracts and their lines from CSV files"
    )
    parser.add_argument("what", choices=WHAT, help="what the file holds")
    parser.add_argument("file", metavar="FILE", help="CSV with a header, UTF-8")
    parser.add_argument("--organization", required=True, metavar="O", help="its number or its exact name")
    parser.add_argument("--dry-run", action="store_true", help="check everything, store nothing")
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line instead of a progress bar"
    )
    of_contracts = parser.add_argument_group("contracts only")
    of_contracts.add_argument(
        "--cut-over",
        type=_cut_over,
        metavar="DATE|none",
        help="what was charged before this date belongs to the old system; none: nobody charged anything yet",
    )
    of_contracts.add_argument(
        "--terms", choices=("renewing", "fixed"), help="what happens when a term in months is over"
    )
    of_contracts.add_argument(
        "--billing",
        choices=("grouped", "one-per-charge", "none"),
        help="how charges become invoices (default: grouped)",
    )
    parser.set_defaults(run=later("imports.command:run"))


def _cut_over(text: str) -> date | str:
    return NO_CUT_OVER if text == NO_CUT_OVER else iso_date(text)
