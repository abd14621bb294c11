"""A clerk's morning in a real browser: signs in, bills a month, asks an invoice why, fetches its PDF, sends the clock on.
Then every page is looked at, light and dark, at a desk and on a phone; the pictures are kept in var/screenshots.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import factories
from tests.browser.conftest import FLAGS, OWNER, ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

PICTURES = ROOT / "var" / "screenshots"
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
WAIT_MS = 20_000

# What the content security policy stops, said where the test listens.
TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (e) =>
  console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`));"""

PAGES = {
    "painel": "/",
    "clientes": "/clientes",
    "cliente": "> /clientes",
    "contratos": "/contratos",
    "contrato": "> /contratos",
    "contrato-retido": "> /contratos?state=parked",
    "execucoes": "/execucoes",
    "execucao": "> /execucoes",
    "faturas": "/faturas",
    "faturas-filtradas": "/faturas?state=open&q=nogueira",
    "faturas-vazias": "/faturas?state=cancelled",
    "fatura": "> /faturas",
    "retidos": "/retidos",
    "contas-retidas": "/contas-retidas",
    "alertas": "/alertas",
    "titulos": "/recebimentos",
    "titulo": "> /recebimentos",
    "baixas": "/baixas",
    "creditos": "/creditos?state=all",
    "cliente-novo": "/clientes/novo",
    "contrato-novo": "/contratos/novo",
    "fatura-nova": "/faturas/nova",
    "fechamento": "/fechamento",
    "exportar": "/lancamentos/exportar",
    "plano-novo": "/planos/novo",
    "configuracoes": "/configuracoes",
    "mudanca": "/mudanca",
    "webhooks": "/webhooks",
    "chaves-de-api": "/chaves-de-api",
    "conta": "/conta",
    "lancamentos": "/lancamentos",
    "lancamento": "> /lancamentos",
    "balancete": "/balancete",
    "plano-de-contas": "/plano-de-contas",
    "planos": "/planos",
    "plano": "> /planos",
    "itens": "/itens",
    "pessoas": "/pessoas",
    "auditoria": "/auditoria",
    "relogio": "/relogio",
    "busca": "/busca?q=nogueira",
    "nao-ha": "/nao-ha",
}


@pytest.fixture(scope="module")
def browser(chromium: str, site: str) -> Iterator[Browser]:
    """After the site, and gone before it: Django refuses its database to a thread in which the browser's loop runs."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


class Desk:
    """Browser windows that remember what went wrong in them."""

    def __init__(self, browser: Browser, site: str) -> None:
        self.browser = browser
        self.site = site
        self.wrong: list[str] = []
        self.session: Any = None
        self._known: dict[str, str] = {}

    def window(self, size: str = "desktop", theme: str = "light") -> tuple[BrowserContext, Page]:
        width, height = SIZES[size]
        context = self.browser.new_context(
            base_url=self.site,
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            locale="en-US",  # an English browser reads Portuguese all the same
            storage_state=self.session,
            accept_downloads=True,
        )
        context.set_default_timeout(WAIT_MS)
        context.add_init_script(TELL_VIOLATIONS)
        page = context.new_page()
        page.on("console", lambda said: self._heard(page, said.type, said.text))
        page.on("pageerror", lambda error: self._heard(page, "error", str(error)))
        return context, page

    def address(self, page: Page, path: str) -> str:
        """An address of PAGES: "> /faturas" is what the first row of that list leads to."""
        if path.startswith("> ") and path not in self._known:
            page.goto(path[2:])
            self._known[path] = page.locator("tbody a.table__main").first.get_attribute("href") or ""
        return self._known.get(path, path)

    def _heard(self, page: Page, kind: str, text: str) -> None:
        # The page that is not there is asked for on purpose.
        if kind in ("error", "warning") and not page.url.endswith("/nao-ha"):
            self.wrong.append(f"{page.url}: {kind}: {text}")


@pytest.fixture(scope="module")
def desk(browser: Browser, site: str) -> Desk:
    made = Desk(browser, site)
    context, page = made.window()
    page.goto("/faturas")
    assert page.url.endswith("/entrar?next=%2Ffaturas")
    page.get_by_label("E-mail").fill(OWNER)
    page.get_by_label("Senha").fill("nao-e-esta")
    page.get_by_role("button", name="Entrar").click()
    page.get_by_text("E-mail e senha não conferem.").wait_for()
    page.get_by_label("Senha").fill(factories.PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Faturas", exact=True).wait_for()
    made.session = context.storage_state()
    context.close()
    # The refused password answers 422, which the browser's console tells as an error.
    made.wrong = [told for told in made.wrong if "422" not in told]
    return made


def test_a_month_from_the_button_to_the_pdf(desk: Desk, tmp_path: Path) -> None:
    context, page = desk.window()
    page.goto("/")

    # The day on which everything is charged: by the bar at the top, done by the worker.
    page.get_by_role("button", name="Avançar 1 dia").click()
    page.get_by_text("quinta-feira, 1 de janeiro de 2026").first.wait_for()
    page.get_by_role("button", name="Avançar 1 dia").first.wait_for()

    # Bill now: the night billed already, and the dialog says so before anybody presses it.
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.get_by_role("heading", name="Execuções").wait_for()
    page.get_by_role("button", name="Faturar agora").click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    # The parked contract is due every day until somebody puts it right.
    dialog.get_by_text("1 contrato tem o que cobrar até 01/01/2026.").wait_for()
    dialog.get_by_role("button", name="Faturar agora").click()
    page.get_by_text("Concluída com retidos").wait_for()
    assert re.search(r"/execucoes/[0-9a-f-]{36}$", page.url)
    page.get_by_text("A faixa 2 deve terminar acima de 10").first.wait_for()
    page.get_by_role("button", name="Tentar de novo").click()
    page.get_by_text("continua retido: A faixa 2 deve terminar acima de 10").wait_for()

    # An invoice, and why.
    page.keyboard.press("Control+k")
    page.keyboard.type("nogueira")
    page.locator("#search-results").get_by_text("Ana Beatriz Nogueira").click()
    page.get_by_role("heading", name="Ana Beatriz Nogueira").wait_for()
    page.get_by_role("link", name=re.compile("^[0-9]+$")).last.click()
    page.get_by_role("heading", name="Por que este valor?").wait_for()
    why = page.locator("#why")
    fiber = why.locator("details", has_text="Internet Fibra 500").first
    # 99,90 − 10 % = 89,91 for January.
    assert "R$\u00a089,91" in fiber.locator("summary").inner_text()
    assert "Desconto de 10% sobre o valor base" in fiber.inner_text()
    fiber.locator("summary").click()
    assert not fiber.locator("ol").is_visible()
    fiber.locator("summary").click()
    assert fiber.locator("ol").is_visible()
    adesao = why.locator("details", has_text="Adesão")
    assert not adesao.locator("ol").is_visible()
    # 12 of 31 days of December: 34,80387…
    assert "Arredondado para centavos inteiros" in why.inner_text()

    pdf = page.get_by_role("link", name="Abrir o PDF").get_attribute("href")
    assert pdf is not None
    answer = page.request.get(pdf)
    assert answer.status == 200
    assert answer.body().startswith(b"%PDF-")

    # A month on, and the panel shows it.
    page.get_by_role("button", name="Avançar 1 mês").click()
    page.get_by_text("avançando até 01/02/2026…").or_(
        page.get_by_text("domingo, 1 de fevereiro")
    ).first.wait_for()
    page.get_by_text("domingo, 1 de fevereiro de 2026").first.wait_for()
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.get_by_role("heading", name="Painel").wait_for()
    # Four of the fiber plan: 89,91 + 30,00.
    assert "R$\u00a0479,64" in page.locator(".stat").first.inner_text()

    # Filters, sorting and paging change the list in place, and the address with it.
    page.goto("/faturas")
    page.get_by_label("Cliente ou número").fill("NOGUEIRA")
    page.keyboard.press("Enter")
    page.get_by_text("Mostrando 2 de 2").wait_for()
    assert "q=NOGUEIRA" in page.url
    page.get_by_role("link", name="Total").click()
    page.wait_for_url("**sort=total**")
    page.go_back()
    page.get_by_text("Mostrando 2 de 2").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Exportar CSV").click()
    file = tmp_path / "faturas.csv"
    download.value.save_as(file)
    assert len(file.read_text("utf-8-sig").splitlines()) == 3

    # The theme is one click, and stays.
    page.get_by_role("button", name="Alternar entre claro e escuro").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"

    context.close()
    assert desk.wrong == []


def test_a_late_payment_is_noted_in_part_taken_back_and_the_month_closed(desk: Desk) -> None:
    context, page = desk.window()
    page.goto("/recebimentos?state=overdue")
    page.locator("tbody a.table__main").first.click()
    page.get_by_role("heading", name=re.compile("Título da fatura")).wait_for()
    received = page.get_by_label("Valor recebido")
    whole = received.input_value()
    received.fill("50,00")
    page.locator("#payment-preview").get_by_text("Menos do que é devido").wait_for()
    page.get_by_role("button", name="Dar baixa").click()
    page.get_by_text("Baixa de R$\u00a050,00 registrada e lançada.").wait_for()
    assert received.input_value() != whole

    # Why these parts: interest and fine first, what is left for the amount itself.
    page.locator("table button.why-link").first.click()
    steps = page.get_by_role("dialog").inner_text()
    assert "Multa de 2%" in steps
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Estornar").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Motivo").fill("Valor de outro cliente")
    dialog.get_by_role("button", name="Estornar").click()
    page.get_by_text("A baixa foi estornada: o valor volta a ser devido.").wait_for()
    assert received.input_value() == whole

    # January is closed, with what was looked at before.
    page.goto("/fechamento")
    page.get_by_label("Fechar até").fill("31/01/2026")
    page.get_by_role("button", name="Conferir antes de fechar").click()
    page.get_by_text("Livros conferidos").wait_for()
    page.get_by_role("button", name="Fechar até 31/01/2026").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Digite").fill("FECHAR")
    dialog.get_by_role("button", name="Fechar", exact=True).last.click()
    page.get_by_text("Os livros estão fechados até 31/01/2026.").first.wait_for()
    context.close()
    assert desk.wrong == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", sorted(SIZES))
def test_every_page_is_looked_at(desk: Desk, size: str, theme: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    context, page = desk.window(size, theme)
    too_wide = []
    for name, path in PAGES.items():
        page.goto(desk.address(page, path))
        page.screenshot(path=PICTURES / f"{name}-{size}-{theme}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            too_wide.append(name)
    context.clear_cookies()
    page.goto("/entrar")
    page.screenshot(path=PICTURES / f"entrar-{size}-{theme}.png", full_page=True)
    context.close()
    assert too_wide == []
    assert desk.wrong == []
    assert len(list(PICTURES.glob(f"*-{size}-{theme}.png"))) >= len(PAGES) + 1
