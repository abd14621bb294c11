"""Made-up figures for the component page: a provider's December, every state at least once."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from django import forms
from django.utils.translation import gettext_lazy as _

from perene.interfaces.backoffice import charts, frame, why, widgets

TODAY = date(2026, 12, 14)
_NAMES = (
    "Ana Beatriz Nogueira", "Mercadinho São Jorge Ltda", "Carlos Eduardo Pimentel", "Colégio Monte Alegre S/C",
    "Débora Cristina Fagundes", "Edson Vieira da Conceição", "Padaria Flor de Minas ME", "Francisca Souza Albuquerque",
    "Gilberto Yamamoto", "Condomínio Residencial Parque das Araucárias", "Heloísa Prado Ferraz", "Ivo Tavares",
    "Clínica Odontológica Sorrir Ltda", "Joana D'Arc Medeiros", "Kleber Antunes", "Auto Peças Três Irmãos",
)  # fmt: skip
_STATES = (
    "paid",
    "open",
    "overdue",
    "paid",
    "due_soon",
    "paid",
    "open",
    "paid",
    "zero",
    "paid",
    "overdue",
    "cancelled",
    "paid",
    "credit",
)
_METHODS = ("Pix Automático", "Boleto", "Cartão", "Pix")


def invoices(count: int = 30) -> list[SimpleNamespace]:
    """Invoices as a list shows them."""
    return [
        SimpleNamespace(
            number=104_512 - at,
            customer=_NAMES[at * 7 % len(_NAMES)],
            contract=20_133 + at * 37 % 4_200,
            method=_METHODS[at * 5 % 4],
            issued_on=date(2026, 12, 1),
            due_on=date(2026, 12, 1) + timedelta(days=at * 11 % 30),
            state=_STATES[at % len(_STATES)],
            total_cents={"zero": 0, "credit": -4_310}.get(
                _STATES[at % len(_STATES)], 2_990 + at * 98_731 % 31_400
            ),
        )
        for at in range(count)
    ]


def months() -> list[charts.Column]:
    """Receipts against what was expected, twelve months."""
    names = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")
    return [
        charts.Column(
            name,
            main_cents=38_200_000 + at * 620_000 - (at % 3) * 910_000 if at < 11 else 21_347_915,
            back_cents=40_100_000 + at * 510_000,
            is_now=at == 11,
        )
        for at, name in enumerate(names)
    ]


def ages() -> list[charts.Age]:
    """Open receivables by age."""
    return [
        charts.Age("A vencer", 24_263_745, 3_912),
        charts.Age("1 a 15 dias", 3_118_290, 481),
        charts.Age("16 a 30 dias", 1_204_110, 190),
        charts.Age("31 a 90 dias", 872_405, 131),
        charts.Age("Mais de 90 dias", 391_870, 58),
    ]


def explanation() -> tuple[list[why.Node], why.Step]:
    """An invoice of four lines, the first prorated, one discounted, one by tiers."""
    nodes = [
        why.Node(
            "Fibra 500 Mb", 6_384, "1 item · 10/12/2026 a 31/12/2026",
            (
                why.Step("Valor base do item", 8_990),
                why.Step("Acréscimo: IP fixo", 6),
                why.Step("Valor do ciclo inteiro", 8_996, is_result=True),
                why.Step("Período proporcional: 22 de 31 dias", note="R$ 89,96 × 22 ÷ 31 = R$ 63,842580…"),
                why.Step("Arredondado ao centavo, meio para cima", 6_384, is_result=True),
            ),
            is_open=True,
        ),
        why.Node("Telefone fixo, por minuto", 2_150, "143 minutos, em faixas", (
            why.Step("De 0 a 100 minutos", 2_000, "100 × R$ 0,20"),
            why.Step("De 100 minutos em diante", 430, "43 × R$ 0,10"),
            why.Step("Desconto do contrato", -280),
            why.Step("Soma", 2_150, is_result=True),
        )),
        why.Node("Roteador em comodato", 0),
        why.Node("Crédito por indisponibilidade", -1_240, "4 dias sem conexão em novembro"),
    ]  # fmt: skip
    return nodes, why.Step("Total da fatura 104.512", 7_294, is_result=True)


def events() -> list[SimpleNamespace]:
    """A customer's last days."""
    at = datetime(2026, 12, 14, 12, 41, tzinfo=UTC)
    return [
        _event(
            "receipt-text", "", "Fatura 104.512 emitida", "R$ 72,94, vence em 15/12/2026", at, "execução 38"
        ),
        _event(
            "circle-check",
            "good",
            "Fatura 98.377 paga por Pix",
            "R$ 112,40",
            at - timedelta(days=9),
            "baixa automática",
        ),
        _event("circle-alert", "bad", "Fatura 98.377 venceu sem pagamento", "", at - timedelta(days=14), ""),
        _event(
            "pencil",
            "",
            "Vencimento alterado de 5 para 15",
            "Contrato 20.133",
            at - timedelta(days=40),
            "Marina Lopes",
        ),
        _event(
            "file-pen-line",
            "",
            "Contrato 20.133 ativado",
            "Plano FIBRA, versão 3",
            date(2026, 3, 2),
            "Rafael Teixeira",
        ),
    ]


def _event(icon: str, tone: str, text: str, detail: str, when: date, who: str) -> SimpleNamespace:
    at = when if isinstance(when, datetime) else None
    return SimpleNamespace(
        icon=icon, tone=tone, text=text, detail=detail, href="#" if detail else "", at=at, on=when, who=who
    )


class Form(forms.Form):
    """Every kind of field, in Portuguese as a screen would name them."""

    name = forms.CharField(label="Nome do plano", help_text="Como aparece na fatura do cliente.")
    code = forms.CharField(
        label="Código externo", help_text="Único na organização; não pode ser reutilizado depois de excluir."
    )
    price = forms.CharField(label="Valor base", help_text="Por ciclo, antes de acréscimo e desconto.")
    interval = forms.ChoiceField(
        label="Periodicidade", choices=[("month", "Mensal"), ("quarter", "Trimestral"), ("year", "Anual")]
    )
    day = forms.IntegerField(
        label="Dia da cobrança",
        min_value=1,
        max_value=31,
        error_messages={"max_value": "Escolha um dia de 1 a 31."},
    )
    starts_on = forms.DateField(label="Vigência a partir de", required=False, widget=widgets.DateInput())
    notes = forms.CharField(label="Observações", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    prorate = forms.BooleanField(label="Cobrar o primeiro período proporcional aos dias", required=False)

    def clean_code(self) -> str:
        if self.cleaned_data["code"] == "FIBRA500":
            raise forms.ValidationError("O código FIBRA500 já é do plano “Fibra 500 Mb”. Escolha outro.")
        return str(self.cleaned_data["code"])


def form() -> Form:
    """A form that was sent with two mistakes: nothing typed is lost."""
    return Form(
        {
            "name": "Fibra 500 Mb Promocional",
            "code": "FIBRA500",
            "price": "89,90",
            "interval": "month",
            "day": "32",
            "notes": "",
            "prorate": "on",
        }
    )


def frame_of(theme: str) -> frame.Frame:
    """A finance clerk in a sandbox organization of three units."""
    return frame.Frame(
        theme=theme,
        home="/",
        sections=frame.sections(current="invoices", counts={"overdue": 860, "parked": 3}),
        organization="Fibralink Telecom",
        unit=str(_("All units")),
        organizations=(frame.Place("1", "Fibralink Telecom", True), frame.Place("2", "Academia Vértice")),
        units=(
            frame.Place("", str(_("All units")), True),
            frame.Place("1", "Campinas"),
            frame.Place("2", "Jundiaí"),
            frame.Place("3", "Sorocaba"),
        ),
        person=frame.Person("Marina Lopes", "marina@fibralink.com.br", "Financeiro"),
        clock=frame.Clock(TODAY),
    )


BADGES = [("invoice", state) for state in ("paid", "open", "due_soon", "overdue", "zero", "credit", "cancelled")] + [
    ("contract", "draft"), ("contract", "active"), ("run", "running"), ("run", "done_with_parked"), ("parked", "open"),
]  # fmt: skip

PAIRS = [
    ("Cliente", "Colégio Monte Alegre S/C"),
    ("Plano", "FIBRA, versão 3"),
    ("Vigência", "12 meses, renova sozinho"),
    ("Vencimento", "Todo dia 15"),
    ("Forma de pagamento", "Pix Automático"),
    ("Unidade", "Campinas"),
]
