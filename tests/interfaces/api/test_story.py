"""A company lives through the API alone: item, plan, customer, contract, bill, settle."""

from __future__ import annotations

from datetime import date

from perene.actions import bill
from perene.kit import clock, tenancy
from perene.reports import verification
from tests import factories
from tests.ground import Database
from tests.interfaces.api import caller


def test_from_an_item_to_a_settled_invoice(database: Database) -> None:
    number = factories.organization(sandbox_on=date(2026, 1, 1))
    program = caller.key(number)
    item = program.do("/items", {"code": "NET-500", "name": "Internet 500", "unit_cents": 99_90})
    assert (item["code"], item["unit_cents"], item["is_active"]) == ("NET-500", 99_90, True)
    plan = program.do(
        "/plans",
        {
            "external_code": "FIBRA",
            "name": "Fibra 500",
            "payment_methods": ["boleto", "pix"],
            "items": [{"item_id": item["id"], "discount_cents": 9_90}],
            "activate": True,
        },
    )
    assert plan["status"] == "active"
    assert plan["version"]["summary"] == {
        "first_cycle_cents": 90_00,
        "recurring_cents": 90_00,
        "total_cents": None,
    }
    customer = program.do(
        "/customers",
        {
            "name": "Ana Souza",
            "document": "529.982.247-25",
            "contacts": [{"kind": "email", "value": "ana@example.com"}],
        },
    )
    assert customer["document"] == "52998224725"
    contract = program.do(
        "/contracts",
        {
            "customer_id": customer["id"],
            "plan_version_id": plan["version"]["id"],
            "started_on": "2026-01-01",
            "payment_method": "boleto",
            "due_day": 10,
        },
        key="contrato-1",
    )
    assert (contract["number"], contract["status"], contract["next_run_on"]) == (1, "active", "2026-01-01")
    assert [line["unit_cents"] for line in contract["lines"]] == [99_90]

    run = program.do("/runs", {}, key="janeiro")
    assert (run["through_on"], run["status"], run["progress"]["contracts"]) == ("2026-01-01", "running", 1)
    with tenancy.organization(number):  # the worker's part
        bill.whole_run(through=date(2026, 1, 1), reason="api", now=clock.now)
    assert program.get(f"/runs/{run['id']}")["progress"]["total_cents"] == 90_00

    [invoice] = program.get(f"/invoices?customer_id={customer['id']}")["items"]
    assert (invoice["total_cents"], invoice["due_on"], invoice["status"]) == (90_00, "2026-01-10", "open")
    [line] = program.get(f"/invoices/{invoice['id']}")["lines"]
    assert line["is_proved"]
    assert [(step["text"], step["running"]) for step in line["steps"]] == [
        ("Valor base", "R$\xa099,90"),
        ("Desconto", "R$\xa090,00"),
        ("Valor cobrado", "R$\xa090,00"),
    ]
    assert program.ask("GET", f"/invoices/{invoice['id']}/pdf").content.startswith(b"%PDF")

    receivable_id = invoice["receivable_id"]
    settlement = program.do(
        f"/receivables/{receivable_id}/settle",
        {"paid_on": "2026-01-01", "received_cents": 100_00, "method": "pix"},
        key="baixa-1",
    )
    assert {name: settlement[name] for name in ("principal_cents", "surplus_cents", "fine_cents")} == {
        "principal_cents": 90_00,
        "surplus_cents": 10_00,
        "fine_cents": 0,
    }
    assert program.get(f"/receivables/{receivable_id}")["status"] == "settled"
    [credit] = program.get(f"/credits?customer_id={customer['id']}&is_open=true")["items"]
    assert credit["open_cents"] == 10_00
    balance = program.get("/trial-balance?from_on=2026-01-01&through_on=2026-01-31")
    assert balance["is_balanced"]
    assert {row["code"]: row["closing_cents"] for row in balance["rows"] if row["closing_cents"]} == {
        "1.1.1.01": 100_00,
        "2.1.6.01": -10_00,
        "3.1.1.01": -90_00,
    }
    reversed_ = program.do(f"/settlements/{settlement['id']}/reverse", {"reason": "Pix devolvido"})
    assert (reversed_["reversed_on"], reversed_["reversal_reason"]) == ("2026-01-01", "Pix devolvido")
    assert program.get(f"/receivables/{receivable_id}")["open_cents"] == 90_00
    again = program.ask("POST", f"/settlements/{settlement['id']}/reverse", {"reason": "Pix devolvido"})
    assert again.status == 409
    with tenancy.organization(number):
        assert verification.verify() == []
