"""Health, metrics and the line of a request, as whoever keeps the machines sees them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from perene.actions import webhooks
from perene.config import settings as configured
from perene.interfaces.ops import measured
from perene.kit import clock, health, logs, queue, roles, tenancy
from tests import factories, ground
from tests.ground import Database
from tests.interfaces.backoffice import world

OWNER = "dona@vigia.example.com"


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_checked_at", None)
    monkeypatch.setattr(measured, "_kept", None)


def browser(**meta: str) -> Client:
    """Called by a name that nobody configured, as a load balancer calls."""
    return Client(SERVER_NAME="10.1.2.3", **meta)


# ------------------------------------------------------------- health


def test_alive_without_a_database() -> None:
    answer = browser().get("/saude/vivo")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_ready_with_a_good_database(database: Database) -> None:
    assert browser().get("/saude/pronto").json() == {"status": "ok"}
    assert browser().get("/saude/pronto").json() == {"status": "ok"}


def test_not_ready_without_a_database() -> None:
    answer = browser().get("/saude/pronto")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable", "reason": "database"})


def test_not_ready_when_the_database_goes_away(database: Database) -> None:
    assert browser().get("/saude/pronto").status_code == 200
    with ground.connected_to("postgresql://perene_app@/gone?host=/nonexistent&port=5432"):
        assert browser().get("/saude/pronto").json()["reason"] == "database"
    assert browser().get("/saude/pronto").status_code == 200


@pytest.mark.parametrize("role", [roles.OWNER, roles.BACKUP])
def test_not_ready_as_a_role_that_the_walls_do_not_hold(database: Database, role: str) -> None:
    with ground.connected_to(database.dsn(role)):
        answer = browser().get("/saude/pronto")
    assert (answer.status_code, answer.json()["reason"]) == (503, "role")
    assert "perene" not in answer.content.decode()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("DELETE FROM django_migrations WHERE app = 'events'", "migrations_missing"),
        ("INSERT INTO django_migrations (app, name, applied) VALUES ('events', '9999_x', '2026-01-01')", "migrations_newer"),
    ],
)  # fmt: skip
def test_not_ready_with_tables_of_another_version(database: Database, change: str, reason: str) -> None:
    with database.owner() as owner:
        owner.execute(change.encode())
    assert browser().get("/saude/pronto").json() == {"status": "unavailable", "reason": reason}


# ------------------------------------------------------------- metrics


def measured_values(client: Client, **given: str) -> dict[tuple[str, str], float]:
    """(name, organization) → value, of gauges that are read from the database."""
    answer = client.get("/metricas", **given)
    assert answer.status_code == 200
    return {
        (sample.name, sample.labels.get("organization", "")): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        if family.type == "gauge"
        for sample in family.samples
    }


def test_the_state_of_the_work(database: Database) -> None:
    number = factories.organization("Provedor Vigia", sandbox_on=None)
    with tenancy.organization(number):
        today = clock.civil_date(clock.now(), time_zone="America/Sao_Paulo")
        bad = factories.plan(
            "TORTO",
            {
                "name": "Nuvem",
                "unit_cents": 0,
                "calc_type": "graduated",
                "quantity": 7,
                "tiers": world.BAD_TIERS,
            },
        )
        factories.contract(bad, due_day=10, on=today.replace(day=1))
        factories.contract(factories.plan("FIBRA", ("Internet", 80_00)), due_day=10, on=today.replace(day=1))
        factories.daily.day(today, now=clock.now)
        endpoint_id, _secret = webhooks.add(
            "https://a.example.com/", kinds=[], description="", now=clock.now()
        )
        webhooks.ping(endpoint_id, now=clock.now(), on=today)
        queue.enqueue("day", organization_id=number, on=today.isoformat())
    found = measured_values(Client(SERVER_NAME="localhost"))
    of = str(number)
    assert found["perene_queue_waiting", ""] == 2
    assert found["perene_queue_failed", ""] == 0
    assert found["perene_queue_oldest_waiting_seconds", ""] > 0
    assert found["perene_organizations", ""] == 1
    assert found["perene_webhooks_waiting", of] == 1
    finished_on = datetime.fromtimestamp(found["perene_last_billed_day_timestamp_seconds", of], UTC).date()
    assert finished_on == today
    assert found["perene_run_contracts_per_second", of] > 0
    assert found["perene_parked_contracts", of] == 1
    assert ("perene_alerts_open", of) in found


def test_requests_are_counted_by_pattern_and_never_by_address(database: Database) -> None:
    client = Client(SERVER_NAME="localhost")
    for path in ("/clientes/0198c0de-0000-7000-8000-000000000000", "/nada/daqui", "/entrar"):
        client.get(path)
    text = client.get("/metricas").content.decode()
    assert 'route="/clientes/<uuid:customer_id>"' in text
    assert 'route="none"' in text
    assert "0198c0de" not in text and "nada" not in text


def test_metrics_are_for_this_machine_alone_without_a_token(database: Database) -> None:
    client = Client(SERVER_NAME="localhost")
    assert client.get("/metricas").status_code == 200
    assert client.get("/metricas", REMOTE_ADDR="::1").status_code == 200
    for meta in (
        {"REMOTE_ADDR": "10.0.0.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"HTTP_X_REAL_IP": "203.0.113.9"},
    ):
        answer = client.get("/metricas", **meta)
        assert (answer.status_code, answer.content) == (404, b"")


def test_metrics_with_a_token(database: Database, settings: object) -> None:
    settings.METRICS_TOKEN = "token-of-the-scraper"  # type: ignore[attr-defined]
    client = Client(SERVER_NAME="localhost")
    assert client.get("/metricas").status_code == 404
    assert client.get("/metricas", HTTP_AUTHORIZATION="Bearer another").status_code == 404
    found = measured_values(client, HTTP_AUTHORIZATION="Bearer token-of-the-scraper", REMOTE_ADDR="10.0.0.7")
    assert ("perene_queue_waiting", "") in found


# ------------------------------------------------------------- a line per request


class Lines(logging.Handler):
    """What the program would write, as JSON lines."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.setFormatter(logs.Json())

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(self.format(record))

    def of(self, logger: str) -> list[dict[str, object]]:
        return [line for line in map(json.loads, self.text) if line["logger"] == logger]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Everything that any logger says, down to the smallest."""
    handler, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.setLevel(before)
    root.removeHandler(handler)


def test_a_request_says_whose_it_was(database: Database, lines: Lines) -> None:
    number = factories.organization("Provedor Vigia", owner_email=OWNER)
    client = world.signed_in(OWNER)
    answer = client.get("/clientes", {"q": "Segredinho"}, headers={"X-Request-Id": "from-the-proxy-1"})
    assert answer.headers["X-Request-Id"] == "from-the-proxy-1"
    (line,) = [line for line in lines.of("perene.request") if line["request"] == "from-the-proxy-1"]
    assert {name: line[name] for name in ("event", "level", "method", "route", "status", "organization")} == {
        "event": "request answered",
        "level": "info",
        "method": "GET",
        "route": "/clientes",
        "status": 200,
        "organization": number,
    }
    assert isinstance(line["ms"], int) and isinstance(line["person"], str)
    assert "Segredinho" not in "".join(lines.text)


def test_a_made_up_id_is_not_believed(database: Database, lines: Lines) -> None:
    for given in ("short", "x" * 65, 'bad"id-with-quotes', "new\nline-in-it"):
        answer = Client(SERVER_NAME="localhost").get("/entrar", headers={"X-Request-Id": given})
        assert answer.headers["X-Request-Id"] != given
        assert len(answer.headers["X-Request-Id"]) == 36


def test_no_secret_reaches_a_line(database: Database, lines: Lines) -> None:
    """A day with every secret that there is, all levels on, then grep."""
    number = factories.organization("Provedor Vigia", owner_email=OWNER)
    client = Client(SERVER_NAME="localhost")
    client.post("/entrar", {"email": OWNER, "password": "errada-muito-secreta"})
    client = world.signed_in(OWNER)
    page = client.post(
        "/webhooks/novo", {"url": "http://127.0.0.1:9/?token=segredo-do-endereco"}
    ).content.decode()
    secret = page.split('data-copy="')[1].split('"')[0]
    client.get("/clientes", {"q": factories.CPF})
    client.get(f"/convite/{'t' * 40}")
    with tenancy.organization(number):
        factories.customer("Ana", document=factories.CPF)
    log = logging.getLogger("perene.test")
    log.warning("signed with %s for %s", secret, "postgresql://perene_app:senha-do-banco@db/perene")
    log.info(
        "Authorization: Bearer pk_live_abcdefghijklmnop",
        extra={"password": "outra-senha", "cpf": "529.982.247-25"},
    )
    try:
        raise ValueError(f"cannot open {secret} of {factories.CPF}")
    except ValueError:
        log.exception("failed")
    said = "".join(lines.text)
    assert "perene.request" in said and "perene.test" in said
    for planted in ("errada-muito-secreta", factories.PASSWORD, secret, secret.removeprefix("whsec_"), "segredo-do-endereco",
                    "senha-do-banco", "abcdefghijklmnop", "outra-senha", factories.CPF, "529.982.247-25", "t" * 40,
                    client.cookies["sessionid"].value):  # fmt: skip
        assert planted not in said, planted


def test_what_may_be_read_stays_readable() -> None:
    for text in (
        "run 019a0b1c-2222-7333-8444-555566667777 billed 7043 contracts",
        "2026-11-23 06:15:09.123 status=409",
        "R$ 1.234.567,89",
    ):
        assert logs.covered(text) == text


def test_lines_for_a_terminal() -> None:
    record = logging.LogRecord("perene", logging.INFO, "", 0, "billed %s", ("all",), None)
    record.run = 7
    assert logs.Human().format(record).endswith("info    billed all  [run=7]")


def test_a_job_tells_its_organization() -> None:
    with logs.about(job=1, task="day"):
        logs.note(organization=5)
        assert logs.noted() == {"job": 1, "task": "day", "organization": 5}
    assert logs.noted() == {}


def test_the_middleware_stands_first() -> None:
    assert configured.MIDDLEWARE[0] == "perene.interfaces.ops.middleware.WatchMiddleware"
