"""Somebody is invited, joins, turns on the second factor and comes back with it, in a real browser under the strict policy."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest

from tests import factories
from tests.browser.conftest import FLAGS, OWNER

pytestmark = pytest.mark.browser


@pytest.fixture
def browser(chromium: str) -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


def shot(page, name: str) -> None:  # type: ignore[no-untyped-def]
    if folder := os.environ.get("SHOTS"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for width, height in ((1280, 900), (390, 844)):
                page.set_viewport_size({"width": width, "height": height})
                page.screenshot(path=str(Path(folder) / f"{name}-{scheme}-{width}.png"), full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="light")


def enter(page, site: str, email: str, password: str) -> None:  # type: ignore[no-untyped-def]
    page.goto(f"{site}/entrar")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Senha").fill(password)
    page.get_by_role("button", name="Entrar").click()


def test_from_the_invitation_to_the_second_factor(site: str, browser) -> None:  # type: ignore[no-untyped-def]
    complaints: list[str] = []

    def watched():  # type: ignore[no-untyped-def]
        page = browser.new_context(locale="pt-BR").new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page

    owner = watched()
    enter(owner, site, OWNER, factories.PASSWORD)
    owner.goto(f"{site}/pessoas")
    owner.get_by_role("link", name="Convidar pessoa").click()
    owner.get_by_label("E-mail").fill("nina@navega.example.com")
    owner.locator("select[name=role]").select_option("owner")
    shot(owner, "invite")
    owner.get_by_role("button", name="Gerar o link").click()
    link = owner.locator("#link").input_value()
    shot(owner, "link")
    owner.goto(f"{site}/pessoas")
    shot(owner, "people")

    nina = watched()
    nina.goto(link)
    assert nina.url == f"{site}/convite"
    shot(nina, "invitation")
    nina.get_by_label("Seu nome").fill("Nina Nova")
    nina.get_by_label("Senha").fill("uma-senha-so-dela")
    nina.get_by_role("button", name="Aceitar o convite").click()
    shot(nina, "welcome")
    enter(nina, site, "nina@navega.example.com", "uma-senha-so-dela")
    nina.goto(f"{site}/conta")
    shot(nina, "account")
    nina.get_by_role("link", name="Ligar").click()
    nina.get_by_text("Não consigo ler").click()
    shot(nina, "second-factor")
    secret = re.sub(r"\s", "", nina.locator("details .mono").inner_text())
    totp = pyotp.TOTP(secret)
    nina.get_by_label("Código que o aplicativo mostra").fill(totp.at(datetime.now(UTC)))
    nina.get_by_label("Sua senha").fill("uma-senha-so-dela")
    nina.get_by_role("button", name="Ligar").click()
    codes = nina.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    shot(nina, "recovery")

    again = watched()
    enter(again, site, "nina@navega.example.com", "uma-senha-so-dela")
    assert again.url == f"{site}/entrar/codigo"
    shot(again, "code")
    again.get_by_label("Código").fill(codes[0])
    again.get_by_role("button", name="Entrar").click()
    again.wait_for_url(f"{site}/")
    again.goto(f"{site}/conta")
    assert "Restam 9 códigos" in again.locator("main").inner_text()
    for name, path in (
        ("settings", "configuracoes"),
        ("late", "configuracoes/multa-e-juros"),
        ("holidays", "configuracoes/feriados"),
        ("units", "configuracoes/unidades"),
        ("audit", "auditoria?table=organizations_person"),
    ):
        again.goto(f"{site}/{path}")
        shot(again, name)
    again.goto(f"{site}/pessoas")
    again.get_by_role("link", name="Nina Nova").click()
    shot(again, "person")
    again.get_by_role("button", name="Desativar").first.click()
    shot(again, "deactivate")
    assert complaints == []
