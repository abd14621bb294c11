"""Addresses for webhooks: added, changed, rotated, removed; a ping and “send again”."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from perene.actions import webhooks
from perene.apps.events import endpoints
from perene.apps.events.models import Delivery, Endpoint
from perene.apps.organizations.models import AuditEntry
from perene.kit import clock, crypto, ids, tenancy
from tests import factories
from tests.ground import Database
from tests.stories.unchanged import refused

URL = "https://sistema.example.com/perene"


@pytest.fixture
def inside(database: Database) -> Database:
    with tenancy.organization(factories.organization(sandbox_on=None)):
        yield database


def add(url: str = URL, **given: object) -> tuple[UUID, str]:
    return webhooks.add(url, **({"kinds": [], "description": "", "now": clock.now()} | given))  # type: ignore[arg-type]


def test_an_address_is_added_and_its_secret_told_once(inside: Database) -> None:
    endpoint_id, secret = add(
        f" {URL} ", kinds=["invoice.issued", "contract.confirmed", "invoice.issued"], description=" CRM "
    )
    row = Endpoint.objects.get()
    assert (row.id, row.url, row.description) == (endpoint_id, URL, "CRM")
    assert row.kinds == ["contract.confirmed", "invoice.issued"]
    assert (row.is_active, row.failing_since, row.previous_secret) == (True, None, "")
    assert secret.startswith("whsec_") and secret not in row.secret
    assert crypto.open(row.secret) == secret
    assert endpoints.secrets(row, now=clock.now()) == [secret]
    (told,) = AuditEntry.objects.filter(table="events_endpoint")
    assert secret not in str(told.new)


def test_what_is_refused_adds_nothing(inside: Database) -> None:
    add()
    with refused(inside, "endpoint_url_taken"):
        add()
    with refused(inside, "webhook_url_private", host="127.0.0.1"):
        add("https://127.0.0.1/")
    with refused(inside, "webhook_url_not_https"):
        add("http://sistema.example.com/")
    with refused(inside, "unknown_event_kind", kind="invoice.eaten"):
        add("https://b.example.com/", kinds=["invoice.eaten"])
    with refused(inside, "description_too_long"):
        add("https://b.example.com/", description="x" * 201)
    for number in range(endpoints.MOST - 1):
        add(f"https://{number}.example.com/")
    with refused(inside, "too_many_endpoints", most=20):
        add("https://one-more.example.com/")


def test_a_change_leaves_what_is_not_given(inside: Database) -> None:
    endpoint_id, _ = add(kinds=["invoice.issued"], description="CRM")
    other_id, _ = add("https://b.example.com/")
    webhooks.change(endpoint_id, url="https://c.example.com/")
    webhooks.change(endpoint_id, kinds=[])
    row = Endpoint.objects.get(id=endpoint_id)
    assert (row.url, row.kinds, row.description, row.is_active) == ("https://c.example.com/", [], "CRM", True)
    webhooks.change(endpoint_id, is_active=False, description="ERP")
    row.refresh_from_db()
    assert (row.is_active, row.description) == (False, "ERP")
    with refused(inside, "endpoint_url_taken"):
        webhooks.change(other_id, url="https://c.example.com/")
    with refused(inside, "endpoint_not_found"):
        webhooks.change(ids.new(), is_active=True)


def test_a_rotated_secret_signs_beside_the_new_one_for_a_day(inside: Database) -> None:
    now = clock.now()
    endpoint_id, former = add()
    secret = webhooks.rotate(endpoint_id, now=now)
    row = Endpoint.objects.get()
    assert endpoints.secrets(row, now=now + timedelta(hours=23)) == [secret, former]
    assert endpoints.secrets(row, now=now + timedelta(hours=24)) == [secret]


def test_a_ping_is_for_one_address_alone(inside: Database) -> None:
    endpoint_id, _ = add()
    add("https://b.example.com/")
    delivery_id = webhooks.ping(endpoint_id, now=clock.now(), on=factories.BEGINS_ON)
    (row,) = Delivery.objects.select_related("event")
    assert (row.id, row.endpoint_id, row.event.kind, row.status) == (
        delivery_id,
        endpoint_id,
        "ping",
        "waiting",
    )
    webhooks.change(endpoint_id, is_active=False)
    with refused(inside, "endpoint_switched_off"):
        webhooks.ping(endpoint_id, now=clock.now(), on=factories.BEGINS_ON)
    with refused(inside, "endpoint_switched_off"):
        webhooks.resend(delivery_id, now=clock.now())
    with refused(inside, "delivery_not_found"):
        webhooks.resend(ids.new(), now=clock.now())


def test_removed_with_its_deliveries(inside: Database) -> None:
    endpoint_id, _ = add()
    other_id, _ = add("https://b.example.com/")
    for each in (endpoint_id, other_id):
        webhooks.ping(each, now=clock.now(), on=factories.BEGINS_ON)
    webhooks.remove(endpoint_id)
    assert list(Endpoint.objects.values_list("id", flat=True)) == [other_id]
    assert list(Delivery.objects.values_list("endpoint_id", flat=True)) == [other_id]
    with refused(inside, "endpoint_not_found"):
        webhooks.remove(endpoint_id)
