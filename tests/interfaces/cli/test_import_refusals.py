"""`perene import` says no: exact errors with line, column, value and reason, and nothing half-imported."""

from __future__ import annotations

import pytest

from tests.interfaces.cli.importer import CONTRACTS, CUSTOMERS, LINES, Importer
from tests.stories.unchanged import dump


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"\xff\xfe" + CUSTOMERS.encode("utf-16-le"), "não está em UTF-8: salve-o como “CSV UTF-8”."),
        (
            "",
            "O arquivo não tem cabeçalho: a primeira linha deve ser external_id,name,document,email,phone,state.",
        ),
        (CUSTOMERS.replace("phone,", "fone,"), "Faltam no arquivo as colunas phone."),
        (
            CUSTOMERS.replace("state", "state,idade"),
            "O arquivo tem colunas desconhecidas: idade. Remova-as ou renomeie-as.",
        ),
        (CUSTOMERS.replace("state", "state,name"), "O arquivo tem a coluna name repetida."),
    ],
)
def test_a_file_that_is_not_the_format(importer: Importer, text: str | bytes, sentence: str) -> None:
    before = dump(importer.database)
    said = importer("customers", text)
    assert (said.status, said.out) == (2, "")
    assert said.err.strip().endswith(sentence)
    assert dump(importer.database) == before


def test_a_file_that_is_not_there(importer: Importer) -> None:
    said = importer.perene("import", "items", "/no/such.csv", "--organization", str(importer.number))
    assert (said.status, said.err) == (
        2,
        "O arquivo /no/such.csv não pode ser lido: verifique se ele existe e se este programa pode lê-lo.\n",
    )


def test_every_problem_is_told_with_line_column_value_and_reason(importer: Importer) -> None:
    text = (
        "external_id,name,document,email,phone,state\n"
        "A-1,Ana Souza,52998224726,ana@example.com,+5511912345678,SP\n"
        "\n"
        "A-2,,52998224725,ana,12,XX\n"
        "A-1,Ana,52998224725,,,\n"
        ",Ana,52998224725,,,\n"
        "A-3,Ana,52998224725,,\n"
        'A-4,"Ana\nMaria",52998224725,,,\n'
        'A-5,"Ana" Maria,52998224725,,,\n'
        "A-6,never read,1,,,\n"
    )
    assert importer.refused("customers", text) == [
        (2, "document", "52998224726", "invalid_document"),
        (4, "name", "", "customer_name_missing"),
        (4, "email", "ana", "invalid_email"),
        (4, "phone", "12", "invalid_phone"),
        (4, "state", "XX", "unknown_state"),
        (5, "external_id", "A-1", "row_twice"),
        (6, "external_id", "", "external_id_missing"),
        (7, "", "", "wrong_number_of_values"),
        (8, "name", "Ana\\nMaria", "value_not_printable"),
        (10, "", "", "row_unreadable"),
    ]
    said = importer("customers", text.split("A-2")[0])
    assert said.err == (
        "linha 2, coluna document, valor “52998224726”: "
        "“52998224726” não é um CPF ou CNPJ válido: confira os dígitos.\n"
        f"{importer.folder}/customers.csv: 1 problema, nada foi gravado.\n"
    )


def test_many_problems_are_counted_and_not_all_shown(importer: Importer) -> None:
    rows = "".join(f"N-{number},Ana,1,,,\n" for number in range(60))
    said = importer("customers", "external_id,name,document,email,phone,state\n" + rows)
    lines = said.err.splitlines()
    assert (len(lines), lines[-2]) == (52, "… e mais 10.")
    assert lines[-1].endswith("customers.csv: 60 problemas, nada foi gravado.")


def test_items_that_cannot_be(importer: Importer) -> None:
    importer.sell_fiber()
    header = "item_code,name,calc_type,base_amount\n"
    rows = (
        "NET,Internet,per_unit,100.00\n"
        "A,,price,1.00\n"
        "B,Big,price,1000000000000000000.00\n"
        'C,Comma,price,"1,50"\n'
        "D,Table,volume,1.00\n"
        ",Nameless,price,1.00\n"
    )
    assert importer.refused("items", header + rows) == [
        (2, "calc_type", "per_unit", "calc_type_fixed"),
        (3, "name", "", "item_name_missing"),
        (4, "base_amount", "1000000000000000000.00", "amount_out_of_range"),
        (5, "base_amount", "1,50", "amount_malformed"),
        (6, "calc_type", "volume", "tiers_missing"),
        (7, "item_code", "", "item_code_missing"),
    ]


def test_contracts_that_cannot_be(importer: Importer) -> None:
    importer.sell_fiber()
    importer.plan("--code", "RASCUNHO", "--name", "Rascunho", "--methods", "boleto", "--item", "NET")
    header = CONTRACTS.splitlines()[0] + "\n"
    rows = (
        "K-1,A-1,FIBRA,,2025-03-17,32,boleto,email\n"
        "K-2,Z-9,RASCUNHO,,2025-03-17,1,boleto,email\n"
        "K-3,A-1,FIBRA,,17/03/2025,1,boleto,email\n"
        "K-4,A-1,FIBRA,doze,2025-03-17,1,boleto,email\n"
        "K-5,A-1,FIBRA,0,2025-03-17,1,boleto,email\n"
        "K-6,A-1,FIBRA,,1025-03-17,1,boleto,email\n"
        "K-7,A-1,FIBRA,,2025-03-17,1,card,pombo\n"
        "K-7,A-1,FIBRA,,2025-03-17,,pix,email\n"
        "K-8,A-1,FIBRA,,2025-02-30,1,pix,email\n"
    )
    assert importer.refused("contracts", header + rows, "--terms", "fixed", "--cut-over", "none") == [
        (2, "due_day", "32", "due_day_out_of_range"),
        (3, "customer_external_id", "Z-9", "unknown_customer"),
        (3, "plan_code", "RASCUNHO", "unknown_plan"),
        (4, "started_on", "17/03/2025", "date_malformed"),
        (5, "term_months", "doze", "number_malformed"),
        (6, "term_months", "0", "term_months_out_of_range"),
        (7, "started_on", "1025-03-17", "date_out_of_range"),
        (8, "payment_method", "card", "payment_method_not_in_plan"),
        (8, "delivery", "pombo", "delivery_unknown"),
        (9, "external_id", "K-7", "row_twice"),
        (10, "started_on", "2025-02-30", "date_malformed"),
    ]
    assert importer.refused("contracts", CONTRACTS, "--cut-over", "none") == [
        (3, "term_months", "12", "term_kind_missing")
    ]


def test_a_contract_that_is_there_must_say_the_same(importer: Importer) -> None:
    importer.sell_fiber()
    importer("contracts", None, "--terms", "fixed", "--cut-over", "none")
    changed = CONTRACTS.replace(",31,boleto", ",30,pix").replace("2025-03-01", "2025-03-02")
    assert importer.refused("contracts", changed, "--terms", "fixed", "--cut-over", "none") == [
        (2, "due_day", "30", "contract_differs"),
        (2, "payment_method", "pix", "contract_differs"),
        (3, "started_on", "2025-03-02", "contract_differs"),
    ]


def test_lines_that_cannot_be(importer: Importer) -> None:
    importer.sell_fiber()
    importer("contracts", None, "--terms", "fixed", "--cut-over", "none")
    header = LINES.splitlines()[0] + "\n"
    rows = (
        "K-1,NET,1,100.00,0.00,100.01,continuous\n"
        "K-1,NET,1,100.00,0.00,0.00,one_time:37\n"
        "K-1,NET,1,100.00,0.00,0.00,cycles:36:2\n"
        "K-1,NET,1,100.00,0.00,0.00,mensal\n"
        "K-1,GELO,1,100.00,0.00,0.00,continuous\n"
        "K-9,NET,1,100.00,0.00,0.00,continuous\n"
        "K-1,TV,-2,100.00,0.00,0.00,continuous\n"
        "K-1,TV,dois,100.00,0.00,0.00,continuous\n"
        "K-1,NET,1,1000000000000000000.00,0.00,0.00,continuous\n"
        "K-1,NET,1,100.00,-1.00,0.00,continuous\n"
        "K-2,NET,1,100.00,0.00,0.00,continuous\n"
    )
    assert importer.refused("contract-items", header + rows) == [
        (2, "discount", "100.01", "discount_above_price"),
        (3, "recurrence", "one_time:37", "cycle_beyond_total"),
        (4, "recurrence", "cycles:36:2", "cycle_beyond_total"),
        (5, "recurrence", "mensal", "recurrence_malformed"),
        (6, "item_code", "GELO", "unknown_item"),
        (7, "contract_external_id", "K-9", "unknown_contract"),
        (8, "quantity", "-2", "quantity_out_of_range"),
        (9, "quantity", "dois", "quantity_malformed"),
        (10, "base_amount", "1000000000000000000.00", "amount_out_of_range"),
        (11, "surcharge", "-1.00", "adjustment_negative"),
    ]


def test_a_contract_in_force_keeps_its_lines(importer: Importer) -> None:
    importer.sell_fiber()
    importer("contracts", None, "--terms", "fixed", "--cut-over", "2026-01-01")
    importer("contract-items")
    for changed, line in (
        (LINES.replace("90.00", "91.00"), 4),
        (LINES + "K-2,TV,1,25.60,0.00,0.00,continuous\n", 4),
        (LINES.replace("K-1,TV,2,25.60,0.00,0.00,cycles:1:12\n", ""), 2),
    ):
        (problem,) = importer.refused("contract-items", changed)
        assert (problem[0], problem[1], problem[3]) == (line, "contract_external_id", "contract_lines_differ")
    # The order of the rows is no difference.
    header, *rows = LINES.splitlines()
    assert importer("contract-items", "\n".join([header, *reversed(rows)])).out.endswith("3 sem mudança.\n")


def test_all_of_the_past_is_billed_only_when_somebody_says_so(importer: Importer) -> None:
    importer.sell_fiber()
    assert importer.refused("contracts", CONTRACTS, "--terms", "fixed") == [
        (2, "started_on", "2025-03-17", "cut_over_missing"),
        (3, "started_on", "2025-03-01", "cut_over_missing"),
    ]
    assert importer("contracts", None, "--terms", "fixed", "--cut-over", "none").status == 0
