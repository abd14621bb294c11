"""Tags for single values: icons, badges, amounts, dates. Templates load them through `ui`."""

import functools
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import phonenumbers
from django import template
from django.utils import dates, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from lucide.templatetags.lucide import lucide

from perene.interfaces.backoffice import figures, states, words
from perene.kit import texts
from perene.rules import documents
from perene.rules import money as rules_money
from perene.rules.documents import Document, DocumentKind

register = template.Library()


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """A lucide icon. Decorative unless `label` says what it means."""
    return _icon(str(name), size, str(label))


@functools.cache
def _icon(name: str, size: int, label: str) -> SafeString:
    heard = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return mark_safe(lucide(name, size=size, stroke_width="1.75", focusable="false", **heard))


@register.simple_tag
def badge(kind: str, state: str) -> SafeString:
    """A state as a word with a color and a shape. KeyError where nobody named the state (states.py)."""
    shown = states.look_up(kind, state)
    return format_html(
        '<span class="badge badge--{}">{}{}</span>', shown.tone, icon(shown.icon, 12), shown.label
    )


@register.simple_tag
def money(cents: int | Fraction, why: str = "") -> SafeString:
    """Centavos as R$ with figures of one width; `why` is the address that explains the amount. A step of a calculation may
    hold parts of a centavo."""
    tone = " money--negative" if cents < 0 else " money--zero" if cents == 0 else ""
    sign, amount = rules_money.format_exact(cents).split("\u00a0")
    shown = format_html('<span class="money__sign">{}</span>\u00a0{}', sign, amount)
    if why:
        title = gettext("Why this amount?")
        shown = format_html('<a class="why-link" href="{}" title="{}">{}</a>', why, title, shown)
    return format_html('<span class="money{}">{}</span>', tone, shown)


@register.filter
def word(code: str, kind: str) -> str:
    """The Portuguese of a code: {{ contract.payment_method|word:"PAYMENT_METHODS" }} (words.py)."""
    return words.said(getattr(words, kind), code)


@register.filter
def document(digits: str) -> str:
    """A CPF or CNPJ with its punctuation; anything else as it is."""
    kinds = {11: DocumentKind.CPF, 14: DocumentKind.CNPJ}
    kind = kinds.get(len(digits))
    return digits if kind is None else documents.format(Document(kind, digits))


@register.filter
def telephone(number: str) -> str:
    """A telephone as Brazilians write it; one from abroad with its country code."""
    try:
        parsed = phonenumbers.parse(number, "BR")
    except phonenumbers.NumberParseException:
        return number
    shape = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if parsed.country_code == 55
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, shape)


@register.filter
def whole(number: int) -> str:
    """A count: 7043 → 7.043."""
    return figures.whole(number)


@register.simple_tag
def day(on: date | None) -> SafeString:
    """A civil date as dd/mm/aaaa; a dash where there is none."""
    if on is None:
        return mark_safe('<span class="muted">—</span>')
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), on.strftime("%d/%m/%Y"))


@register.simple_tag
def moment(at: datetime | None) -> SafeString:
    """An instant in the reader's zone as dd/mm/aaaa hh:mm; a dash where there is none."""
    if at is None:
        return mark_safe('<span class="muted">—</span>')
    local = timezone.localtime(at)
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), local.strftime("%d/%m/%Y %H:%M"))


@register.simple_tag
def month(on: date) -> str:
    """The month of a date: dez/2026."""
    return f"{dates.MONTHS_3[on.month]}/{on.year}"


@register.simple_tag
def initials(name: str) -> str:
    """Two letters for a portrait: first and last name."""
    words = [word for word in name.split() if word[0].isalpha()] or ["?"]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.simple_tag
def copyable(text: str) -> SafeString:
    """A text with a button that copies it."""
    return format_html(
        '<span class="copy"><span class="number">{}</span>'
        '<button type="button" data-copy="{}" data-done="{}" aria-label="{}">{}</button></span>',
        text,
        text,
        gettext("Copied"),
        gettext("Copy {text}").format(text=text),
        icon("copy", 14),
    )


@register.simple_tag
def credit(cents: int) -> SafeString:
    """The amount of a credit column: there the column is the sign."""
    return money(-cents)


@register.simple_tag
def balance(cents: int) -> SafeString:
    """A balance of the books: its amount, and D or C for the side it is on."""
    side = gettext("D") if cents > 0 else gettext("C") if cents < 0 else ""
    return format_html('{} <span class="side">{}</span>', money(abs(cents)), side)


@register.simple_tag
def quantity(number: Decimal) -> str:
    """A quantity without the zeros that its column keeps: 1,5."""
    return texts.show("quantity", number)


@register.simple_tag
def adjustment(kind: str, cents: int, percent: Decimal) -> SafeString:
    """A surcharge or discount as it was agreed: in reais, in percent, or none."""
    if kind == "percent" and percent:
        return format_html("{}%", texts.show("percent", percent))
    return money(cents) if kind == "money" and cents else mark_safe('<span class="muted">—</span>')


@register.simple_tag
def seconds(number: float) -> str:
    """How long something took: 0,4 s, 12 s, 3 min 20 s."""
    if number < 0.05:
        return gettext("an instant")
    if number < 10:
        return f"{number:.1f}".replace(".", ",") + "\u00a0s"
    minutes, rest = divmod(round(number), 60)
    return f"{minutes}\u00a0min {rest}\u00a0s" if minutes else f"{rest}\u00a0s"
