"""Every page, walked as somebody limited to one unit and as the owner of another organization: nothing that is not theirs.

The walk goes over the addresses of urls.py itself: a page that is added is walked, or the first test fails.
"""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from perene.interfaces.backoffice import urls
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import Place, World

PUBLIC = {
    "sign_in", "sign_in_code", "sign_out", "choose", "components", "invitation", "invitation_link", "new_password",
    "password_link",
}  # fmt: skip
ACTS = {
    "receivable_pay", "receivable_extend", "receivable_write_off", "receivable_use_credit", "settlement_reverse",
    "credit_refund", "api_key_revoke",
    "webhook_switch", "webhook_rotate", "webhook_ping", "webhook_remove", "delivery_resend",
    "charge_cancel", "account_role", "account_set_active", "account_new", "ledger_account", "period_close", "period_reopen",
    "contract_charge", "invoice_cancel", "invoice_new",
    "choose_place", "run_start", "parked_retry", "clock_move", "parked_accept", "run_rehearse", "rehearsal_decide",
    "rehearsal_approve", "rehearsal_discard", "run_reverse", "held_release", "alert_resolve",
    "invitation_revoke", "person_deactivate",
    "person_reactivate", "person_password", "session_end", "sessions_end", "holiday_remove",
    "plan_activate", "plan_deactivate", "plan_delete", "item_set_active",
    "group_add", "group_rename",
}  # fmt: skip
# Forms of who may write the catalog, and of who may write customers and contracts.
CATALOG_FORMS = {"plan_new", "plan_edit", "item", "item_new"}
SALES_FORMS = {
    "customer_new", "customer_edit", "customer_merge", "duplicates", "contract_new", "contract_plan", "contract_due_day",
    "contract_end",
}  # fmt: skip
# Only an owner opens these.
OWNERS = {"api_key_new", "person_invite", "person", "settings", "late_charges", "holidays", "units", "unit"}
# Pages of the whole organization: somebody limited to some units may not open them at all.
WHOLE = {
    "runs", "runs_csv", "run", "run_progress", "runs_due", "rehearsal", "rehearsal_csv", "rehearsal_progress",
    "run_reversal", "held", "held_csv", "alerts", "alerts_csv", "parked", "parked_csv", "entries", "entries_csv", "entry",
    "trial_balance", "trial_balance_csv", "accounts", "accounting", "accounting_csv", "periods",
    "api_keys", "webhooks", "webhooks_csv", "webhook_new", "webhook", "delivery", "delivery_tries",
    "people", "audit", "audit_csv", "clock", "moving_in",
} | OWNERS  # fmt: skip
# Pages of rows that belong to a unit.
OF_UNITS = {
    "dashboard", "search", "customers", "customers_csv", "customer", "contracts", "contracts_csv", "contract",
    "invoices", "invoices_csv", "invoice", "invoice_pdf", "invoice_second_copy",
    "receivables", "receivables_csv", "receivable", "receivable_preview", "settlements", "settlements_csv", "credits",
    "credits_csv", "credit", "statement", "statement_csv",
    "customer_edit", "customer_merge", "duplicates", "contract_plan",
    "contract_due_day", "contract_end",
}  # fmt: skip
# Those of them that need not name the customer.
WITHOUT_NAMES = {
    "dashboard", "search", "invoice_pdf", "invoice_second_copy", "receivable_preview", "statement_csv", "settlements",
    "settlements_csv",
}  # fmt: skip
# Pages that all units share, or without rows.
SHARED = {
    "plans",
    "plan",
    "items",
    "plan_new",
    "plan_edit",
    "item",
    "item_new",
    "dunning",
    "customer_new",
    "contract_new",
    "clock_bar",
    "myself",
    "my_password",
    "second_factor",
    "second_factor_off",
}

NAMED = {pattern.name: pattern for pattern in urls.urlpatterns}
PAGES = sorted(WHOLE | OF_UNITS | SHARED)
# For acts on what the world does not hold.
NOBODYS = UUID(int=1)


def address(name: str, place: Place, ids: dict[str, UUID]) -> str:
    """The address of a page, about what lives in that place."""
    own = {
        "customer_id": place.customer_id,
        "contract_id": place.contract_id,
        "invoice_id": place.invoice_id,
        "parked_id": place.parked_id,
        "receivable_id": place.receivable_id,
        "credit_id": place.credit_id,
    }
    if name.startswith("rehearsal"):
        own["run_id"] = ids["rehearsal_id"]
    pattern: URLPattern = NAMED[name]
    wanted = pattern.pattern.converters
    return reverse(f"backoffice:{name}", kwargs={key: {**ids, **own}.get(key, NOBODYS) for key in wanted})


def read(client: Client, path: str) -> tuple[int, str]:
    answer = client.get(path)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, body.decode("utf-8", "replace")


def has_id(name: str) -> bool:
    return bool(NAMED[name].pattern.converters)


def test_every_address_is_walked() -> None:
    assert set(NAMED) == PUBLIC | ACTS | WHOLE | OF_UNITS | SHARED


def test_every_view_says_who_may_open_it() -> None:
    silent = [
        name
        for name, pattern in NAMED.items()
        if not hasattr(pattern.callback, "permission") and not getattr(pattern.callback, "is_public", False)
    ]
    assert silent == []
    assert {
        name for name, pattern in NAMED.items() if getattr(pattern.callback, "is_public", False)
    } == PUBLIC


@pytest.mark.parametrize("name", sorted(set(PAGES) | (ACTS - {"choose_place"})))
def test_nobody_gets_in_without_signing_in(reading: World, name: str) -> None:
    path = address(name, reading.here, reading.ids)
    client = Client(SERVER_NAME="localhost")
    answer = client.get(path) if name in PAGES else client.post(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/entrar")
    assert b"Daqui" not in answer.content


@pytest.mark.parametrize("name", PAGES)
def test_the_owner_sees_every_page(reading: World, name: str) -> None:
    """What the other walks do not find is there to be found."""
    for place in (reading.here, reading.there):
        status, body = read(world.signed_in(World.owner), address(name, place, reading.ids))
        assert status == 200
        if name in OF_UNITS and name not in WITHOUT_NAMES:
            assert place.word in body


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_limited_to_a_unit_one_opens_no_page_of_the_whole(reading: World, name: str) -> None:
    status, body = read(world.signed_in(World.limited), address(name, reading.here, reading.ids))
    assert status == 403
    assert "Proibida" not in body


@pytest.mark.parametrize("name", sorted(OF_UNITS | SHARED))
def test_limited_to_a_unit_one_sees_that_unit_alone(reading: World, name: str) -> None:
    client = world.signed_in(World.limited)
    status, body = read(client, address(name, reading.here, reading.ids))
    assert status == 200
    assert "Proibida" not in body
    if name in OF_UNITS - WITHOUT_NAMES:
        assert "Daqui" in body
    if has_id(name) and name in OF_UNITS:
        status, body = read(client, address(name, reading.there, reading.ids))
        assert status == 404
        assert "Proibida" not in body


@pytest.mark.parametrize(
    "query",
    ["busca?q=Proibida", "busca?q=CTR-Proibida", "clientes?q=Proibida", "faturas?q=Proibida", "contratos?q=Proibida&state=all",
     "clientes.csv?q=Proibida", "faturas.csv?state=open", "contratos?state=parked"],
)  # fmt: skip
def test_no_search_and_no_filter_finds_another_unit(reading: World, query: str) -> None:
    with_all_units = read(world.signed_in(World.owner), f"/{query}")[1]
    assert "Cliente Proibida Silva" in with_all_units or "Retida Proibida Souza" in with_all_units
    status, body = read(world.signed_in(World.limited), f"/{query}")
    assert status == 200
    assert "Cliente Proibida Silva" not in body
    assert "Retida Proibida Souza" not in body


def test_naming_the_other_units_filter_opens_nothing(reading: World) -> None:
    client = world.signed_in(World.limited)
    there = world.unit_id(reading, "MATRIZ")
    for path in ("clientes", "faturas", "contratos"):
        status, body = read(client, f"/{path}?unit={there}")
        assert status == 200
        assert "Proibida" not in body
    assert client.post("/lugar", {"unit": str(there)}).status_code == 404


def test_figures_of_the_panel_are_those_of_the_unit(reading: World) -> None:
    whole = read(world.signed_in(World.owner), "/")[1]
    part = read(world.signed_in(World.limited), "/")[1]
    # Two contracts of R$ 114,90 in the organization, one of them in the unit.
    assert "229,80" in whole
    assert "229,80" not in part
    assert "114,90" in part


@pytest.mark.parametrize("name", PAGES)
def test_another_organization_is_nowhere(reading: World, name: str) -> None:
    stranger = world.signed_in(World.stranger)
    for place in (reading.here, reading.there):
        status, body = read(stranger, address(name, place, reading.ids))
        assert status == (404 if has_id(name) else 200)
        assert place.word not in body
        assert "Provedor Aqui" not in body


@pytest.mark.parametrize("word", ["Daqui", "Proibida"])
def test_no_search_crosses_to_another_organization(reading: World, word: str) -> None:
    stranger = world.signed_in(World.stranger)
    for path in (f"busca?q={word}", f"clientes?q={word}", f"faturas?q={word}", f"clientes.csv?q={word}"):
        body = read(stranger, f"/{path}")[1]
        assert f"Cliente {word} Silva" not in body
    assert "Cliente Estrangeira Silva" in read(stranger, "/clientes")[1]


def test_acts_do_not_cross_either(living: World) -> None:
    limited, stranger = world.signed_in(World.limited), world.signed_in(World.stranger)
    before = world.state_of(living)
    for name in ("run_start", "parked_retry", "clock_move"):
        path = address(name, living.there, living.ids)
        assert limited.post(path, {"by": "day"}).status_code == 403
    assert stranger.post(address("parked_retry", living.there, living.ids)).status_code == 404
    assert stranger.post("/lugar", {"organization": str(living.organization_id)}).status_code == 302
    assert "Provedor Aqui" not in read(stranger, "/")[1]
    assert world.state_of(living) == before


ROLES = {
    "finance": set(PAGES) - OWNERS,
    "auditor": set(PAGES)
    - OWNERS
    - CATALOG_FORMS
    - SALES_FORMS
    - {"clock", "moving_in", "webhook", "webhook_new"},
    "sales": (OF_UNITS | SHARED) - CATALOG_FORMS,
    "collections_manager": (OF_UNITS | SHARED | {"people"}) - CATALOG_FORMS - SALES_FORMS,
    "collections_operator": (OF_UNITS | SHARED) - CATALOG_FORMS - SALES_FORMS,
}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_opens_its_pages_and_no_other(reading: World, role: str) -> None:
    client = world.signed_in(f"{role}@aqui.example.com")
    opened = set()
    for name in PAGES:
        status, _body = read(client, address(name, reading.here, reading.ids))
        if status == 302 and name == "dashboard":  # has no panel: goes on to the customers
            status = 200
        assert status in (200, 403), name
        if status == 200:
            opened.add(name)
    assert opened == ROLES[role]


@pytest.mark.parametrize("role", ["auditor", "sales", "collections_manager", "collections_operator"])
def test_who_may_only_read_changes_nothing(living: World, role: str) -> None:
    client = world.signed_in(f"{role}@aqui.example.com")
    before = world.state_of(living)
    for name in ("run_start", "parked_retry", "clock_move"):
        assert client.post(address(name, living.here, living.ids), {"by": "day"}).status_code == 403
    assert world.state_of(living) == before
