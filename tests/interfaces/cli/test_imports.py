"""`perene import` and `perene plan create`: what comes in, said twice and done once."""

from __future__ import annotations

from datetime import date

import pytest

from perene.apps.billing.models import Invoice
from perene.apps.catalog.models import Item, Plan, PlanVersion
from perene.apps.contracts.models import BillingGroup, BillingTerms, Contract, ContractLine
from perene.apps.customers import customers
from perene.apps.customers.models import Contact, Customer
from perene.apps.events.models import Event
from perene.apps.receivables.models import Credit, Receivable
from perene.kit import tenancy
from tests import factories
from tests.interfaces.cli.importer import CONTRACTS, CUSTOMERS, FILES, ITEMS, LINES, Importer
from tests.stories.unchanged import dump


def test_a_portfolio_comes_in_and_is_billed(importer: Importer) -> None:
    importer.sell_fiber()
    said = importer("contracts", None, "--cut-over", "2026-01-01", "--terms", "renewing")
    assert said.out.endswith("contracts.csv: 2 novos, 0 alterados, 0 sem mudança.\n")
    with tenancy.organization(importer.number):
        assert set(Contract.objects.values_list("status", flat=True)) == {"draft"}
        assert factories.run(date(2026, 1, 1)) is not None
        assert Invoice.objects.count() == 0

    assert importer("contract-items").status == 0
    with tenancy.organization(importer.number):
        kept = {contract.external_id: contract for contract in Contract.objects.all()}
        assert [
            (
                kept[code].status,
                kept[code].term_kind,
                kept[code].term_number,
                kept[code].term_ends_on,
                kept[code].ends_on,
            )
            for code in ("K-1", "K-2")
        ] == [("active", "open", 1, None, None), ("active", "renewing", 1, date(2026, 3, 1), None)]
        assert set(
            BillingTerms.objects.values_list(
                "contract__external_id", "first_cycle", "next_run_on", "approved_on", "due_day"
            )
        ) == {
            # The plan charges on day 1: cycle 1 of K-1 began on 2025-04-01, of K-2 on 2025-03-01.
            ("K-1", 10, date(2026, 1, 1), date(2025, 3, 17), 31),
            ("K-2", 11, date(2026, 1, 1), date(2025, 3, 1), 5),
        }
        assert BillingGroup.objects.count() == 2
        assert Event.objects.filter(kind="contract.confirmed").count() == 2
        factories.live_until(date(2026, 2, 1))
        assert sorted(
            Invoice.objects.values_list("issued_on", "due_on", "total_cents", "payment_method")
        ) == [
            (date(2026, 1, 1), date(2026, 1, 5), 91_25, "pix"),
            (date(2026, 1, 1), date(2026, 1, 31), 141_20, "boleto"),
            (date(2026, 2, 1), date(2026, 2, 5), 91_25, "pix"),
            (date(2026, 2, 1), date(2026, 2, 28), 141_20, "boleto"),
        ]


def test_a_second_time_does_nothing(importer: Importer) -> None:
    importer.sell_fiber()
    options = {"contracts": ("--cut-over", "2026-01-01", "--terms", "renewing")}
    for what in FILES:
        assert importer(what, None, *options.get(what, ())).status == 0
    with tenancy.organization(importer.number):
        factories.live_until(date(2026, 1, 2))  # in force and billed
    before = dump(importer.database)
    for what, rows in (("items", 2), ("customers", 2), ("contracts", 2), ("contract-items", 3)):
        said = importer(what, None, *options.get(what, ()))
        assert said.out.endswith(f"{what}.csv: 0 novos, 0 alterados, {rows} sem mudança.\n")
    assert dump(importer.database) == before


def test_a_rehearsal_says_the_same_and_stores_nothing(importer: Importer) -> None:
    before = dump(importer.database)
    said = importer("items", None, "--dry-run")
    assert said.out.splitlines()[-2:] == [
        f"{importer.folder}/items.csv: 2 novos, 0 alterados, 0 sem mudança.",
        "Foi um ensaio: nada foi gravado.",
    ]
    assert importer("customers", None, "--dry-run").status == 0
    assert dump(importer.database) == before
    importer.sell_fiber()
    for what, options in (("contracts", ("--terms", "fixed", "--cut-over", "none")), ("contract-items", ())):
        before = dump(importer.database)
        assert importer(what, None, *options, "--dry-run").status == 0
        assert dump(importer.database) == before
        assert importer(what, None, *options).status == 0


def test_items_and_customers_follow_a_corrected_file(importer: Importer) -> None:
    importer.sell_fiber()
    assert importer("items", ITEMS.replace("100.00", "110.00")).out.endswith(
        "0 novos, 1 alterados, 1 sem mudança.\n"
    )
    corrected = (
        CUSTOMERS.replace("Ana Souza", "Ana Sousa").replace("ana@", "ana.sousa@").replace("+55119", "(11) 9")
    )
    assert importer("customers", corrected).out.endswith("0 novos, 1 alterados, 1 sem mudança.\n")
    with tenancy.organization(importer.number):
        assert list(Item.objects.order_by("code").values_list("name", "unit_cents")) == [
            ("Internet", 110_00),
            ("Televisão", 25_60),
        ]
        ana = Customer.objects.get(external_id="A-1")
        assert (ana.name, ana.search_text) == ("Ana Sousa", "ana sousa 52998224725 a-1")
        assert sorted(Contact.objects.values_list("value", "is_main")) == [
            ("+5511912345678", True),
            ("ana.sousa@example.com", True),
        ]


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + CUSTOMERS.encode(),
        CUSTOMERS.replace(",", ";"),
        CUSTOMERS.replace("\n", "\r\n") + "\r\n",
        CUSTOMERS.replace("Ana Souza", '"Ana\u00a0Souza "').replace("external_id", " External_ID "),
        "state,phone,email,document,name,external_id\n"
        "SP,+5511912345678,ana@example.com,52998224725,Ana Souza,A-1\n,,,12ABC34501DE35,Brisa Ltda,B-2\n",
    ],
    ids=["byte order mark", "semicolons", "windows lines", "quotes and blanks", "columns in another order"],
)
def test_files_as_spreadsheets_write_them(importer: Importer, text: str | bytes) -> None:
    assert importer("customers", text).status == 0
    with tenancy.organization(importer.number):
        assert list(Customer.objects.order_by("external_id").values_list("name", "document", "state")) == [
            ("Ana Souza", "52998224725", "SP"),
            ("Brisa Ltda", "12ABC34501DE35", ""),
        ]


def test_a_price_has_no_quantity_and_the_file_is_told_so(importer: Importer) -> None:
    importer.sell_fiber()
    importer("contracts", None, "--terms", "fixed", "--cut-over", "none")
    said = importer("contract-items", LINES.replace("K-2,NET,1", "K-2,NET,3"))
    assert said.status == 0
    assert said.err == (
        "linha 4, coluna quantity, valor “3”: "
        "A quantidade de itens do tipo “Preço” é sempre 1; 3 foi desconsiderado.\n"
    )
    with tenancy.organization(importer.number):
        assert ContractLine.objects.get(unit_cents=90_00).quantity == 1


def test_a_fixed_term_that_was_over_bills_nothing(importer: Importer) -> None:
    importer.sell_fiber()
    contracts = CONTRACTS.replace("K-2,B-2,FIBRA,12", "K-2,B-2,FIBRA,10")  # until 2026-01-01
    importer("contracts", contracts, "--cut-over", "2026-01-01", "--terms", "fixed")
    importer("contract-items")
    with tenancy.organization(importer.number):
        factories.live_until(date(2026, 2, 1))
        over = Contract.objects.get(external_id="K-2")
        assert (over.status, over.term_kind, over.ends_on) == ("ended", "fixed", date(2026, 1, 1))
        assert BillingTerms.objects.get(contract=over).next_run_on is None
        assert sorted(Invoice.objects.values_list("contract__external_id", flat=True)) == ["K-1", "K-1"]


@pytest.mark.capability("I13", "I15")
@pytest.mark.parametrize(
    ("billing", "invoices", "groups"), [("one-per-charge", 13, 0), ("none", 0, 0), ("grouped", 1, 1)]
)
def test_the_manner_of_billing(importer: Importer, billing: str, invoices: int, groups: int) -> None:
    importer.sell_fiber()
    one = "\n".join(CONTRACTS.splitlines()[:2])
    importer("contracts", one, "--cut-over", "2026-01-01", "--billing", billing)
    importer("contract-items", "\n".join(LINES.splitlines()[:2]))
    with tenancy.organization(importer.number):
        factories.run(date(2026, 1, 1))
        assert (Invoice.objects.count(), BillingGroup.objects.count()) == (invoices, groups)
        assert set(Invoice.objects.values_list("total_cents", flat=True)) <= {90_00}


def test_options_of_contracts_say_nothing_to_other_files(importer: Importer) -> None:
    said = importer("items", None, "--terms", "fixed", "--cut-over", "2026-01-01")
    assert (said.status, said.err) == (
        2,
        "--cut-over, --terms só se usa na importação de contratos, não com items.\n",
    )


def test_a_plan_from_the_command_line(importer: Importer) -> None:
    importer("items")
    said = importer.plan(
        "--code", "COMBO", "--name", "Combo", "--interval", "quarter", "--charge-end", "3", "--total-cycles", "8",
        "--methods", "pix, card", "--due-after-days", "2", "--prorate-last", "--item", "NET", "--item", "TV:2.5",
        "--activate",
    )  # fmt: skip
    assert (said.status, said.out) == (0, "Plano COMBO criado: Combo, versão 1.\n")
    with tenancy.organization(importer.number):
        version = PlanVersion.objects.select_related("plan").get()
        assert (version.plan.status, version.payment_methods) == ("active", ["card", "pix"])
        assert (version.interval_unit, version.total_cycles, version.due_after_days) == ("quarter", 8, 2)
        assert (version.charge_day_kind, version.charge_day, version.prorate_last) == ("end", 3, True)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ("--methods", "pix", "--item", "GELO"),
            "Não há item com o código GELO: importe-o ou crie-o primeiro.",
        ),
        (("--methods", "ted"), "“ted” não é uma forma de pagamento: escolha uma da lista."),
        (
            ("--methods", "pix", "--charge-day", "32"),
            "O dia da cobrança 32 não é possível: use um número de 1 a 31.",
        ),
        (
            ("--methods", "pix", "--activate"),
            "O plano não tem itens: inclua ao menos um antes de ativá-lo ou vendê-lo.",
        ),
    ],
)
def test_a_plan_that_cannot_be(importer: Importer, options: tuple[str, ...], sentence: str) -> None:
    importer("items")
    before = dump(importer.database)
    said = importer.plan("--code", "X", "--name", "X", *options)
    assert (said.status, said.err) == (2, sentence + "\n")
    assert dump(importer.database) == before
    with tenancy.organization(importer.number):
        assert Plan.objects.count() == 0


def test_an_empty_cell_says_nothing_of_a_customer_who_is_there(importer: Importer) -> None:
    importer("customers", None)
    with tenancy.organization(importer.number):
        before = [customers.read(customer) for customer in Customer.objects.order_by("external_id")]
    header, *rows = CUSTOMERS.splitlines()
    emptied = [",".join([*row.split(",")[:3], "", "", ""]) for row in rows]
    said = importer("customers", "\n".join([header, *emptied]) + "\n")
    assert said.out.splitlines()[-1].endswith("0 novos, 0 alterados, 2 sem mudança.")
    with tenancy.organization(importer.number):
        assert [customers.read(customer) for customer in Customer.objects.order_by("external_id")] == before


def test_a_code_is_kept_as_it_is_looked_up(importer: Importer) -> None:
    """Two spaces in a spreadsheet's code are one, here and in every later file."""
    importer("customers", CUSTOMERS.replace("A-1,", "A  1,"))
    said = importer("customers", CUSTOMERS.replace("A-1,", "A 1,"))
    assert said.out.splitlines()[-1].endswith("0 novos, 0 alterados, 2 sem mudança.")


def test_open_receivables_and_credits_come_in_once(importer: Importer) -> None:
    importer("customers", None)
    owed = (
        "external_id,customer_external_id,due_on,amount,payment_method,description,unit_code\n"
        "T-1,A-1,2025-11-10,150.00,boleto,Novembro,\nT-2,B-2,2025-12-10,99.90,pix,,MATRIZ\n"
    )
    due = (
        "external_id,customer_external_id,granted_on,amount,description,unit_code\n"
        "K-1,A-1,2025-12-01,20.00,Sobra,\n"
    )
    assert importer("opening-receivables", owed, "--dry-run").status == 0
    for new, there in ((2, 0), (0, 2)):
        said = importer("opening-receivables", owed)
        assert said.out.splitlines()[-1].endswith(f"{new} novos, 0 alterados, {there} sem mudança.")
    assert importer("opening-credits", due).status == 0
    assert importer.refused("opening-receivables", owed.replace("A-1", "C-9").replace("150.00", "0.00")) == [
        (2, "amount", "0.00", "amount_not_positive"),
        (2, "customer_external_id", "C-9", "unknown_customer"),
    ]
    with tenancy.organization(importer.number):
        assert sorted(Receivable.objects.values_list("external_id", "open_cents", "origin")) == [
            ("T-1", 150_00, "opening"),
            ("T-2", 99_90, "opening"),
        ]
        assert Credit.objects.get().open_cents == 20_00
