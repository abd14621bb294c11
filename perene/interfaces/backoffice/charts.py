"""Charts as SVG made on the server: pure functions from figures to markup.

x is in percent and y in pixels, so a chart stretches to any width while its letters keep their size, without a script and
without a style attribute (the content security policy allows neither). Each chart says the same in a table for screen readers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from perene.interfaces.backoffice import figures
from perene.rules import money

_TOP = 8
_FOOT = 24


@dataclass(frozen=True, slots=True)
class Column:
    """One month of a bar chart: `main_cents` solid in front of `back_cents` (both ≥ 0). `is_now` stresses it."""

    label: str
    main_cents: int
    back_cents: int = 0
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class Age:
    """One band of an aging chart, in order from “not yet due” to the oldest; at most five."""

    label: str
    amount_cents: int
    count: int


def bars_by_month(
    columns: Sequence[Column], *, title: str, main: str, back: str | None = None, height: int = 220
) -> SafeString:
    """Bars by month. `main` and `back` name the two figures; without `back` only the solid one is drawn and tabled."""
    highest = max((max(column.main_cents, column.back_cents) for column in columns), default=0)
    step = _nice_step(highest)
    steps = max(1, -(-highest // step))
    plot = height - _TOP - _FOOT
    floor = _TOP + plot
    wide = 100 / max(1, len(columns))

    def tall(cents: int) -> float:
        return round(cents * plot / (steps * step), 2)

    levels = [(at, round(floor - plot * at / steps, 2)) for at in range(steps + 1)]
    scale = format_html_join(
        "",
        '<text x="100%" y="{}" text-anchor="end">{}</text>',
        ((round(y + 4, 2), figures.short_brl(at * step)) for at, y in levels),
    )
    grid = format_html_join(
        "",
        '<line class="{}" x1="0" x2="100%" y1="{}" y2="{}"/>',
        (("grid-line" if at else "base-line", y, y) for at, y in levels),
    )
    drawn = format_html_join(
        "",
        '<g class="column{}"><title>{}</title><rect class="catch" x="{}%" y="{}" width="{}%" height="{}"/>{}'
        '<rect class="bar-main" x="{}%" y="{}" width="{}%" height="{}" rx="1.5"/>'
        '<text x="{}%" y="{}" text-anchor="middle">{}</text></g>',
        (
            (
                " now" if column.is_now else "",
                _told(column, main=main, back=back),
                round(at * wide, 3),
                _TOP,
                round(wide, 3),
                plot,
                _behind(at * wide + wide * 0.16, wide * 0.68, floor, tall(column.back_cents)) if back else "",
                round(at * wide + wide * 0.26, 3),
                round(floor - tall(column.main_cents), 2),
                round(wide * 0.48, 3),
                tall(column.main_cents),
                round(at * wide + wide / 2, 3),
                height - 7,
                column.label,
            )
            for at, column in enumerate(columns)
        ),
    )
    return format_html(
        '<figure class="chart-box"><svg class="chart" height="{}" aria-hidden="true" focusable="false">{}</svg>'
        '<svg class="chart" height="{}" aria-hidden="true" focusable="false">{}{}</svg>{}</figure>',
        height,
        scale,
        height,
        grid,
        drawn,
        _table(
            title,
            [gettext("Month"), main, *([back] if back else [])],
            [
                [
                    column.label,
                    money.format_brl(column.main_cents),
                    *([money.format_brl(column.back_cents)] if back else []),
                ]
                for column in columns
            ],
        ),
    )


def sparkline(values: Sequence[int], *, title: str) -> SafeString:
    """A line without axes for a card, from its lowest to its highest value; its numbers stand beside it in words."""
    if len(values) < 2:
        return SafeString("")
    low, high = min(values), max(values)
    spread = (high - low) or 1
    points = " ".join(
        f"{'M' if at == 0 else 'L'}{round(at * 100 / (len(values) - 1), 2)} {round(28 - (value - low) * 26 / spread, 2)}"
        for at, value in enumerate(values)
    )
    return format_html(
        '<svg class="spark" viewBox="0 0 100 30" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="area" d="{} L100 30 L0 30 Z"/><path d="{}"/></svg>',
        title,
        points,
        points,
    )


def aging(ages: Sequence[Age], *, title: str) -> SafeString:
    """One stacked bar of what is owed by age, and the table it is the picture of."""
    total = sum(age.amount_cents for age in ages)
    left = 0.0
    parts: list[tuple[object, ...]] = []
    for at, age in enumerate(ages):
        wide = round(age.amount_cents * 100 / total, 3) if total else 0.0
        if wide:
            parts.append((at, round(left, 3), wide, age.label, money.format_brl(age.amount_cents)))
        left += wide
    bar = format_html_join(
        "", '<rect class="age-{}" x="{}%" y="0" width="{}%" height="20"><title>{}: {}</title></rect>', parts
    )
    rows = format_html_join(
        "",
        '<tr><th scope="row"><span class="swatch age-{}"></span>{}</th><td class="end">{}</td><td class="end">{}</td>'
        '<td class="end muted">{}</td></tr>',
        (
            (
                at,
                age.label,
                figures.whole(age.count),
                money.format_brl(age.amount_cents),
                figures.percent(age.amount_cents, total),
            )
            for at, age in enumerate(ages)
        ),
    )
    return format_html(
        '<figure class="stack"><svg class="chart" height="20" width="100%" aria-hidden="true" focusable="false">{}</svg>'
        '<table class="table table--plain table--lined"><caption class="unseen">{}</caption><thead class="unseen"><tr>'
        '<th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th></tr></thead>'
        "<tbody>{}</tbody></table></figure>",
        bar,
        title,
        gettext("Age"),
        gettext("Receivables"),
        gettext("Amount"),
        gettext("Share"),
        rows,
    )


def _nice_step(highest: int) -> int:
    """The least of 1, 2, 2.5, 5 × 10ⁿ reais that covers `highest` in at most five steps."""
    size = 100
    while True:
        for step in (size, 2 * size, 5 * size // 2, 5 * size):
            if step * 5 >= highest:
                return step
        size *= 10


def _behind(x: float, wide: float, floor: float, tall: float) -> SafeString:
    return format_html(
        '<rect class="bar-back" x="{}%" y="{}" width="{}%" height="{}" rx="1.5"/>',
        round(x, 3),
        round(floor - tall, 2),
        round(wide, 3),
        tall,
    )


def _told(column: Column, *, main: str, back: str | None) -> str:
    told = f"{column.label} · {main}: {money.format_brl(column.main_cents)}"
    return f"{told} · {back}: {money.format_brl(column.back_cents)}" if back else told


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> SafeString:
    return format_html(
        '<table class="unseen"><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>',
        title,
        format_html_join("", '<th scope="col">{}</th>', ((head,) for head in heads)),
        format_html_join(
            "",
            '<tr><th scope="row">{}</th>{}</tr>',
            ((row[0], format_html_join("", "<td>{}</td>", ((cell,) for cell in row[1:]))) for row in rows),
        ),
    )
