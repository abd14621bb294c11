"""An organization to import into, and a small portfolio of good files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.ground import Database
from tests.interfaces.cli.conftest import Said
from tests.stories.unchanged import dump

ITEMS = "item_code,name,calc_type,base_amount\nNET,Internet,price,100.00\nTV,Televisão,per_unit,25.60\n"
CUSTOMERS = (
    "external_id,name,document,email,phone,state\n"
    "A-1,Ana Souza,529.982.247-25,ana@example.com,+5511912345678,SP\n"
    "B-2,Brisa Ltda,12.ABC.345/01DE-35,,,\n"
)
CONTRACTS = (
    "external_id,customer_external_id,plan_code,term_months,started_on,due_day,payment_method,delivery\n"
    "K-1,A-1,FIBRA,,2025-03-17,31,boleto,email\n"
    "K-2,B-2,FIBRA,12,2025-03-01,5,pix,print\n"
)
LINES = (
    "contract_external_id,item_code,quantity,base_amount,surcharge,discount,recurrence\n"
    "K-1,NET,1,100.00,0.00,10.00,continuous\n"
    "K-1,TV,2,25.60,0.00,0.00,cycles:1:12\n"
    "K-2,NET,1,90.00,1.25,0.00,continuous\n"
)
FILES = {"items": ITEMS, "customers": CUSTOMERS, "contracts": CONTRACTS, "contract-items": LINES}


@dataclass
class Importer:
    """A sandbox organization that stands on 2026-01-01, and files for it."""

    number: int
    perene: Callable[..., Said]
    folder: Path
    database: Database

    def __call__(self, what: str, text: str | bytes | None = None, *options: str) -> Said:
        """Import that text (or the whole good file)."""
        text = FILES[what] if text is None else text
        file = self.folder / f"{what}.csv"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return self.perene("import", what, str(file), "--organization", str(self.number), *options)

    def plan(self, *options: str) -> Said:
        return self.perene("plan", "create", "--organization", str(self.number), *options)

    def sell_fiber(self) -> None:
        """Items, the plan FIBRA and the customers."""
        assert self("items").status == 0
        methods = ("--methods", "boleto,pix", "--item", "NET", "--total-cycles", "36")
        assert self.plan("--code", "FIBRA", "--name", "Fibra", *methods, "--activate").status == 0
        assert self("customers").status == 0

    def refused(self, what: str, text: str | bytes, *options: str) -> list[tuple[int, str, str, str]]:
        """The problems (line, column, value, code) of a file of which nothing was stored."""
        before = dump(self.database)
        said = self(what, text, *options, "--json")
        assert (said.status, said.err) == (2, ""), said
        assert dump(self.database) == before
        *problems, last = [
            event for event in map(json.loads, said.out.splitlines()) if event["event"] != "progress"
        ]
        assert (last["event"], last["problems"]) == ("refused", len(problems))
        return [(found["line"], found["column"], found["value"], found["code"]) for found in problems]
