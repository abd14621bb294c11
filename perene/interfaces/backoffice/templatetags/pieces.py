"""Tags for pieces of a page: fields, lists' heads and feet, cards, dialogs, charts. Their markup stands in
templates/backoffice/components/. Templates load them through `ui`."""

from collections.abc import Sequence

from django import template
from django.forms import BoundField, CheckboxInput
from django.template.context import RequestContext
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from perene.interfaces.backoffice import charts, figures
from perene.interfaces.backoffice.filters import Filters
from perene.interfaces.backoffice.templatetags import values

register = template.Library()

_TONES = {"success": "good", "warning": "warn", "error": "bad", "info": "info", "debug": "info"}
_PICTURES = {"info": "info", "good": "circle-check", "warn": "triangle-alert", "bad": "circle-alert"}


@register.simple_tag(takes_context=True)
def sortable(context: RequestContext, key: str, label: str | Promise, kind: str = "") -> SafeString:
    """A column's head that sorts by `key` (?sort=key or -key), keeping the filters and going back to the first page.
    `kind` is the class of the column: end, tight, mid, low."""
    query = context["request"].GET.copy()
    current = query.get("sort", context.get("sort", ""))
    is_current = current.lstrip("-") == key
    is_down = is_current and current.startswith("-")
    query["sort"] = key if is_down or not is_current else f"-{key}"
    for cursor in ("after", "before"):
        query.pop(cursor, None)
    aria = mark_safe(f' aria-sort="{"descending" if is_down else "ascending"}"') if is_current else ""
    arrow = values.icon("arrow-down" if is_down else "arrow-up", 12) if is_current else ""
    return format_html(
        '<th scope="col" class="{}"{}><a href="?{}">{}{}</a></th>',
        kind,
        aria,
        query.urlencode(),
        label,
        arrow,
    )


@register.inclusion_tag("backoffice/components/field.html")
def field(bound: BoundField, kind: str = "", prefix: str = "") -> dict[str, object]:
    """A form's field: label above, hint below, error beside. `kind` "short" narrows it; `prefix` stands inside (R$)."""
    return {
        "field": bound,
        "kind": kind,
        "prefix": prefix,
        "is_check": isinstance(bound.field.widget, CheckboxInput),
        "error_id": f"{bound.auto_id}_error",
    }


@register.inclusion_tag("backoffice/components/empty.html")
def empty(picture: str, title: str, text: str, href: str = "", act: str = "") -> dict[str, str]:
    """What a list says when it has nothing: what it is for, and the first step."""
    return {"picture": picture, "title": title, "text": text, "href": href, "act": act}


@register.inclusion_tag("backoffice/components/stat.html")
def stat(
    name: str, *, cents: int | None = None, number: int | None = None, note: str = "", tone: str = "",
    href: str = "", trend: Sequence[int] = ()
) -> dict[str, object]:  # fmt: skip
    """A card with one figure, an amount or a count; `note` compares it, `trend` draws it."""
    line = charts.sparkline(trend, title=gettext("Trend of {name}").format(name=name)) if trend else ""
    return {
        "name": name,
        "cents": cents,
        "number": number,
        "note": note,
        "tone": tone,
        "href": href,
        "line": line,
    }


@register.inclusion_tag("backoffice/components/why.html")
def why(nodes: Sequence[object], result: object) -> dict[str, object]:
    """Por que este valor: rows (see explanation.Node) that open into their steps, and what they come to."""
    return {"nodes": nodes, "result": result}


@register.inclusion_tag("backoffice/components/timeline.html")
def timeline(events: Sequence[object]) -> dict[str, object]:
    """What happened, newest first. An event has icon, tone, text, detail, href, at (instant) or on (date), who."""
    return {"events": events}


@register.inclusion_tag("backoffice/components/progress.html")
def progress(
    done: int, total: int, *, per_second: float = 0, what: str = "", is_done: bool = False
) -> dict[str, object]:
    """Long work: count, speed and time left. The caller polls; nothing here runs by itself."""
    left = max(0, total - done)
    return {
        "done": done,
        "total": total,
        "what": what,
        "is_done": is_done,
        "share": figures.percent(done, total),
        "speed": figures.whole(round(per_second)) if per_second else "",
        "time_left": _time_left(left / per_second) if per_second and left else "",
    }


def _time_left(seconds: float) -> str:
    if seconds < 60:
        count = max(1, round(seconds))
        return ngettext("{count} second", "{count} seconds", count).format(count=count)
    count = round(seconds / 60)
    return ngettext("{count} minute", "{count} minutes", count).format(count=count)


@register.inclusion_tag("backoffice/components/pager.html", takes_context=True)
def pager(
    context: RequestContext,
    *,
    shown: int,
    total: int | None = None,
    is_capped: bool = False,
    after: str = "",
    before: str = "",
    csv: str = "",
) -> dict[str, object]:
    """Under a list: how many are shown, the neighbours by cursor, and the CSV of exactly what is filtered. `is_capped`:
    there are more than `total`, nobody counted further."""
    query = context["request"].GET.copy()
    for cursor in ("after", "before"):
        query.pop(cursor, None)
    kept = query.urlencode()

    def address(name: str, cursor: str) -> str:
        moved = query.copy()
        moved[name] = cursor
        return "?" + moved.urlencode()

    return {
        "shown": shown,
        "total": None if total is None else figures.whole(total - is_capped) + ("+" if is_capped else ""),
        "next": address("after", after) if after else "",
        "previous": address("before", before) if before else "",
        "csv": f"{csv}?{kept}" if csv and kept else csv,
    }


@register.inclusion_tag("backoffice/components/tabs.html")
def tabs(form: Filters) -> dict[str, object]:
    """The quick filters over a list."""
    return {"tabs": form.shown_tabs()}


@register.inclusion_tag("backoffice/components/filters.html")
def filter_bar(form: Filters) -> dict[str, object]:
    """The fields that narrow a list, and below them what is in force, each with its way off."""
    return {"form": form, "boxes": form.boxes(), "rare": form.rare_boxes(), "chips": form.chips()}


@register.simple_block_tag
def notice(content: str, tone: str = "info") -> SafeString:
    """A word inside the page: {% notice "warn" %}…{% endnotice %}."""
    return format_html(
        '<div class="notice notice--{}">{}<div>{}</div></div>', tone, values.icon(_PICTURES[tone]), content
    )


@register.inclusion_tag("backoffice/components/toast.html")
def toast(level: str, text: str) -> dict[str, str]:
    """A message after an act. `level` is a tag of django.contrib.messages: success, info, warning, error."""
    tone = _TONES[level]
    return {"tone": tone, "picture": _PICTURES[tone], "text": text}


@register.simple_block_tag(takes_context=True)
def confirm(
    context: template.Context, content: str, *, name: str, title: str, act: str, action: str, word: str = "",
    is_destructive: bool = False
) -> str:  # fmt: skip
    """A dialog before an act: the block says the consequence in numbers; `word` is what must be typed. A button with
    data-dialog="name" opens it; it posts to `action`, and the server checks `word` again."""
    return template.loader.render_to_string(
        "backoffice/components/confirm.html",
        {
            "content": content,
            "name": name,
            "title": title,
            "act": act,
            "action": action,
            "word": word,
            "is_destructive": is_destructive,
            "csrf_token": context.get("csrf_token", ""),
        },
    )


@register.simple_tag
def chart_by_month(
    columns: Sequence[charts.Column], *, title: str, main: str, back: str = "", height: int = 220
) -> SafeString:
    """charts.bars_by_month for a template."""
    return charts.bars_by_month(columns, title=title, main=main, back=back or None, height=height)


@register.simple_tag
def chart_of_ages(ages: Sequence[charts.Age], *, title: str) -> SafeString:
    """charts.aging for a template."""
    return charts.aging(ages, title=title)
