"""The template tags: what they print, and what they keep of the address."""

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.template import RequestContext, Template
from django.test import RequestFactory
from django.utils import translation

from perene.interfaces.backoffice import states, widgets


@pytest.fixture(autouse=True)
def in_portuguese():
    with translation.override("pt-br"):
        yield


def rendered(markup: str, address: str = "/", **facts: object) -> str:
    context = RequestContext(RequestFactory().get(address), facts)
    return Template("{% load ui %}" + markup).render(context)


def test_amounts() -> None:
    assert (
        rendered("{% money 45611660 %}")
        == '<span class="money"><span class="money__sign">R$</span>\u00a0456.116,60</span>'
    )
    assert 'class="money money--negative"><span class="money__sign">-R$</span>\u00a043,10' in rendered(
        "{% money n %}", n=-4_310
    )
    assert 'class="money money--zero"' in rendered("{% money 0 %}")


def test_an_amount_leads_to_its_explanation() -> None:
    shown = rendered('{% money 7294 why="/faturas/1#linha" %}')
    assert '<a class="why-link" href="/faturas/1#linha" title="Por que este valor?">' in shown


def test_dates_are_brazilian_and_in_the_readers_zone() -> None:
    assert rendered("{% day d %}", d=date(2026, 2, 3)) == '<time datetime="2026-02-03">03/02/2026</time>'
    assert rendered("{% day d %}", d=None) == '<span class="muted">—</span>'
    # Two in the morning in Greenwich is still the day before in São Paulo.
    assert ">31/12/2026 23:30<" in rendered("{% moment m %}", m=datetime(2027, 1, 1, 2, 30, tzinfo=UTC))
    assert rendered("{% month d %}", d=date(2026, 12, 1)) == "dez/2026"


def test_a_badge_has_a_word_a_tone_and_a_shape() -> None:
    shown = rendered('{% badge "invoice" "overdue" %}')
    assert shown.startswith('<span class="badge badge--bad"><svg')
    assert shown.endswith("Vencida</span>")


def test_words_agree_in_gender() -> None:
    assert "Cancelada" in rendered('{% badge "invoice" "cancelled" %}')
    assert "Cancelado" in rendered('{% badge "contract" "cancelled" %}')


def test_a_state_that_nobody_named_is_a_bug() -> None:
    with pytest.raises(KeyError):
        rendered('{% badge "invoice" "mysterious" %}')


@pytest.mark.parametrize(("kind", "state"), states.STATES)
def test_every_state_can_be_drawn(kind: str, state: str) -> None:
    assert "<svg" in rendered("{% badge kind state %}", kind=kind, state=state)


def test_a_head_sorts_and_keeps_the_filters() -> None:
    shown = rendered('{% sortable "due_on" "Vencimento" "mid" %}', "/?state=open&after=x9")
    assert shown == '<th scope="col" class="mid"><a href="?state=open&amp;sort=due_on">Vencimento</a></th>'


@pytest.mark.parametrize(
    ("now", "aria", "next_sort"), [("due_on", "ascending", "-due_on"), ("-due_on", "descending", "due_on")]
)
def test_a_head_turns_the_order(now: str, aria: str, next_sort: str) -> None:
    shown = rendered('{% sortable "due_on" "Vencimento" %}', f"/?sort={now}")
    assert f'aria-sort="{aria}"' in shown
    assert f'href="?sort={next_sort}"' in shown


def test_the_pager_moves_by_cursor_and_exports_what_is_filtered() -> None:
    shown = rendered(
        '{% pager shown=30 total=7043 after="k30" csv="/faturas.csv" %}', "/?state=open&before=k1"
    )
    assert "Mostrando 30 de 7.043" in shown
    assert 'rel="next" href="?state=open&amp;after=k30"' in shown
    assert 'href="/faturas.csv?state=open"' in shown
    assert 'rel="prev"' not in shown


class Sample(forms.Form):
    day = forms.IntegerField(label="Dia", help_text="De 1 a 31.", max_value=31)
    on = forms.DateField(label="Desde", required=False, widget=widgets.DateInput())
    agree = forms.BooleanField(label="Concordo", required=False)


def test_a_field_keeps_what_was_typed_and_says_what_to_do() -> None:
    shown = rendered("{% field form.day %}", form=Sample({"day": "32"}))
    assert 'value="32"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="id_day_helptext id_day_error"' in shown
    assert 'id="id_day_helptext">De 1 a 31.' in shown
    assert 'id="id_day_error"' in shown
    assert "menor ou igual a 31" in shown


def test_a_date_is_typed_day_first_whatever_the_browser_speaks() -> None:
    form = Sample({"day": "1", "on": "12/01/2026"})
    assert form.is_valid()
    assert form.cleaned_data["on"] == date(2026, 1, 12)
    shown = rendered("{% field form.on %}", form=Sample(initial={"on": date(2026, 1, 12)}))
    assert 'value="12/01/2026"' in shown
    assert 'placeholder="dd/mm/aaaa"' in shown
    assert 'type="date"' not in shown
    assert "(opcional)" in shown


def test_a_wrong_date_is_refused_in_portuguese() -> None:
    form = Sample({"day": "1", "on": "31/02/2026"})
    assert form.errors == {"on": ["Informe uma data válida."]}


def test_a_dangerous_act_asks_for_its_word() -> None:
    shown = rendered(
        '{% confirm name="reverse" title="Estornar?" act="Estornar" action="/x" word="estornar" is_destructive=True %}'
        "<p>7.040 faturas</p>{% endconfirm %}"
    )
    assert "<p>7.040 faturas</p>" in shown
    assert 'pattern="estornar"' in shown
    assert "Digite <b>estornar</b> para confirmar" in shown
    assert 'class="button button--destroy" disabled' in shown


def test_progress_says_count_speed_and_time_left() -> None:
    shown = rendered('{% progress 4000 7000 per_second=50 what="contratos" %}')
    assert "57,1%" in shown
    assert "4.000 de 7.000 contratos" in " ".join(shown.replace("</span>", "").split())
    assert "faltam <b>1 minuto</b>" in shown
    assert "<b>50</b> por segundo" in shown


def test_finished_work_shows_no_time_left() -> None:
    shown = rendered("{% progress 7000 7000 per_second=50 is_done=True %}")
    assert "faltam" not in shown
    assert "Concluído." in shown


@pytest.mark.parametrize(
    ("name", "letters"), [("Marina Lopes", "ML"), ("Ana", "A"), ("", "?"), ("João da Silva", "JS")]
)
def test_initials(name: str, letters: str) -> None:
    assert rendered("{% initials name %}", name=name) == letters


def test_what_people_write_is_escaped() -> None:
    assert "<script>" not in rendered(
        "{% copyable t %}{% empty 'x' t t %}{% toast 'error' t %}{% notice %}{{ t }}{% endnotice %}",
        t="<script>",
    )
