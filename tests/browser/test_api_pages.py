"""The documentation of the API under the strict policy of contents, and a key made, copied once and revoked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests import factories
from tests.browser.conftest import FLAGS, OWNER

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: str, site: str) -> Iterator[Any]:
    """An empty page; whatever the browser refuses to load or run is a failure."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        complaints: list[str] = []
        # That a request was refused is what some of them are for; anything else that the browser says is not.
        page.on("console", lambda said: is_complaint(said) and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
        assert complaints == []


def is_complaint(said: Any) -> bool:
    return said.type == "error" and "status of 422" not in said.text


def test_the_documentation_opens_and_shows_every_operation(page: Any, site: str) -> None:
    page.goto(f"{site}/api/v1/docs")
    page.wait_for_selector("#operations-Clientes-create_customer")
    assert page.locator(".opblock").count() > 100
    page.click("#operations-Clientes-create_customer")
    assert "Idempotency-Key" in page.inner_text("#operations-Clientes-create_customer")


def test_a_key_is_shown_once_and_revoked(page: Any, site: str) -> None:
    page.goto(f"{site}/entrar")
    page.fill("[name=email]", OWNER)
    page.fill("[name=password]", factories.PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{site}/")
    page.goto(f"{site}/chaves-de-api")
    page.click("main >> text=Nova chave")
    page.fill("[name=name]", "ERP")
    page.click("text=Criar a chave")
    # What was typed is still there, and what is missing is said.
    assert page.input_value("[name=name]") == "ERP"
    assert "Escolha ao menos uma coisa" in page.inner_text("main")
    page.check("text=Ver clientes")
    page.click("text=Criar a chave")
    secret = page.input_value("#secret")
    assert re.fullmatch(r"pk_test_[\w-]{43}", secret)
    asked = {"Authorization": f"Bearer {secret}"}
    assert page.request.get(f"{site}/api/v1/customers", headers=asked).status == 200
    page.click("main a.button")
    assert secret not in page.content() and secret[:14] in page.content()
    page.click("main >> text=Revogar")
    page.click("dialog[open] .button--destroy")
    page.wait_for_selector("text=foi revogada")
    assert page.request.get(f"{site}/api/v1/customers", headers=asked).status == 401
