"""The page of all components is drawn whole, only where DEBUG is on; and the pages for errors."""

from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django.http import Http404, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import include, path
from django.utils import translation

from perene.interfaces.backoffice import components, errors, frame, menu


def _nowhere(request: object) -> HttpResponse:
    return HttpResponse()


# The addresses the frame points to, without what stands behind them.
_NAMES = [item.url_name.removeprefix("backoffice:") for item in menu.items()] + [
    "search", "choose_place", "sign_out", "clock_move", "myself",
]  # fmt: skip
urlpatterns = [path("", include(([path(f"{name}/", _nowhere, name=name) for name in _NAMES], "backoffice")))]

here = override_settings(ROOT_URLCONF=__name__, DEBUG=True)


class Outline(HTMLParser):
    """Ids, what points at them, and controls without a name."""

    VOID = frozenset(
        {
            "meta",
            "link",
            "input",
            "br",
            "hr",
            "img",
            "rect",
            "path",
            "line",
            "circle",
            "polyline",
            "polygon",
            "ellipse",
        }
    )

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.pointed: set[str] = set()
        self.inputs: list[SimpleNamespace] = []
        self.open: list[str] = []
        self.crossed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "data-dialog"):
            self.pointed.update((given.get(name) or "").split())
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden":
            self.inputs.append(SimpleNamespace(id=given.get("id"), label=given.get("aria-label")))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)


def shown(**cookies: str) -> str:
    request = RequestFactory().get("/_componentes?sort=due_on")
    request.COOKIES.update(cookies)
    request._messages = []
    with translation.override("pt-br"):
        return components.page(request).content.decode()


@here
def test_every_component_is_drawn_with_sound_markup() -> None:
    page = shown()
    outline = Outline()
    outline.feed(page)
    assert outline.crossed == []
    assert outline.open == []
    assert sorted(outline.ids) == sorted(set(outline.ids))
    assert outline.pointed - set(outline.ids) == set()
    unnamed = [each.id for each in outline.inputs if not each.label and each.id not in outline.pointed]
    assert unnamed == []
    assert page.count('<tr data-href="#') == 30


@here
def test_the_frame_says_where_and_when_we_are() -> None:
    page = shown()
    assert "hoje é <b>segunda-feira, 14 de dezembro de 2026</b>" in page
    assert page.count('aria-current="page"') == 3  # the menu, the crumb, the tab
    assert '<span>Títulos</span><span class="count count--bad">860</span>' in page
    assert '<html lang="pt-BR">' in page


@here
def test_the_theme_of_the_cookie_is_in_the_first_byte() -> None:
    assert '<html lang="pt-BR" data-theme="dark">' in shown(theme="dark")
    assert '<html lang="pt-BR">' in shown(theme='"><script>')


@here
@override_settings(DEBUG=False)
def test_outside_debug_there_is_no_such_page() -> None:
    with pytest.raises(Http404):
        shown()


@here
def test_a_hidden_section_leaves_the_menu_and_takes_its_empty_group_along() -> None:
    with translation.override("pt-br"):
        everything = frame.sections(current="clock", counts={})
        without = frame.sections(current="", counts={}, hidden=["receivables", "settlements", "credits"])
    assert [section.label for section in everything] == [
        "",
        "Clientes e contratos",
        "Faturamento",
        "Recebimentos",
        "Contabilidade",
        "Configurações",
    ]
    assert [link.label for section in everything for link in section.links if link.is_current] == ["Relógio"]
    assert [section.label for section in without] == [
        "",
        "Clientes e contratos",
        "Faturamento",
        "Contabilidade",
        "Configurações",
    ]


def test_menu_keys_are_distinct() -> None:
    keys = [item.key for item in menu.items() if item.key]
    assert len(keys) == len(set(keys)) == 10


@pytest.mark.parametrize(
    ("view", "status", "title"),
    [
        (errors.forbidden, 403, "Você não pode ver esta página"),
        (errors.not_found, 404, "Não há nada neste endereço"),
        (errors.stale, 403, "Este formulário é antigo demais para ser enviado"),
        (errors.broken, 500, "Algo quebrou do nosso lado"),
    ],
)
def test_errors_are_said_in_portuguese(view, status: int, title: str) -> None:
    request = RequestFactory().get("/x")
    request._messages = []
    with translation.override("pt-br"):
        answer = view(request)
    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in answer.content.decode()
