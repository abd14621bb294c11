from xml.etree import ElementTree

from django.utils import translation

from perene.interfaces.backoffice import charts, figures


def parsed(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)


def test_bars_stand_on_the_floor_in_proportion() -> None:
    drawn = parsed(
        charts.bars_by_month(
            [
                charts.Column("nov", 40_000_000, 50_000_000),
                charts.Column("dez", 20_000_000, 50_000_000, is_now=True),
            ],
            title="Recebimentos",
            main="Recebido",
            back="Esperado",
            height=132,
        )
    )
    # 132 px − 8 above − 24 below = 100 px for R$ 500 mil, the floor at 108.
    bars = [(bar.get("y"), bar.get("height")) for bar in drawn.findall(".//rect[@class='bar-main']")]
    assert bars == [("28.0", "80.0"), ("68.0", "40.0")]
    behind = [(bar.get("y"), bar.get("height")) for bar in drawn.findall(".//rect[@class='bar-back']")]
    assert behind == [("8.0", "100.0"), ("8.0", "100.0")]
    scale = [text.text for text in drawn.findall("./svg[1]/text")]
    assert scale == [
        f"R$\u00a0{reais}"
        for reais in ("0", "100\u00a0mil", "200\u00a0mil", "300\u00a0mil", "400\u00a0mil", "500\u00a0mil")
    ]
    assert len(drawn.findall(".//g[@class='column now']")) == 1


def test_bars_are_told_to_a_screen_reader() -> None:
    with translation.override("pt-br"):
        drawn = parsed(
            charts.bars_by_month([charts.Column("dez", 123_456)], title="Recebimentos", main="Recebido")
        )
    table = drawn.find("./table")
    assert table is not None
    assert table.findtext("caption") == "Recebimentos"
    assert [head.text for head in table.findall("thead/tr/th")] == ["Mês", "Recebido"]
    assert [row.findtext("td") for row in table.findall("tbody/tr")] == ["R$\u00a01.234,56"]
    assert all(svg.get("aria-hidden") == "true" for svg in drawn.findall("svg"))


def test_a_month_without_figures_draws_no_bar() -> None:
    drawn = parsed(charts.bars_by_month([charts.Column("dez", 0)], title="t", main="m"))
    assert [bar.get("height") for bar in drawn.findall(".//rect[@class='bar-main']")] == ["0.0"]
    assert parsed(charts.bars_by_month([], title="t", main="m")).findall(".//rect") == []


def test_ages_fill_the_bar_and_name_every_band() -> None:
    with translation.override("pt-br"):
        drawn = parsed(
            charts.aging(
                [charts.Age("A vencer", 7_500, 3), charts.Age("1 a 30", 2_500, 1), charts.Age("31+", 0, 0)],
                title="Idade",
            )
        )
    parts = [(part.get("class"), part.get("x"), part.get("width")) for part in drawn.findall("./svg/rect")]
    assert parts == [("age-0", "0.0%", "75.0%"), ("age-1", "75.0%", "25.0%")]
    cells = [[cell.text for cell in row.findall("td")] for row in drawn.findall("./table/tbody/tr")]
    assert cells == [
        ["3", "R$\u00a075,00", "75%"],
        ["1", "R$\u00a025,00", "25%"],
        ["0", "R$\u00a00,00", "0%"],
    ]


def test_nothing_owed_is_an_empty_bar_not_a_failure() -> None:
    drawn = parsed(charts.aging([charts.Age("A vencer", 0, 0)], title="Idade"))
    assert drawn.findall("./svg/rect") == []
    assert drawn.findall("./table/tbody/tr/td")[2].text == "0%"


def test_a_sparkline_goes_from_lowest_to_highest() -> None:
    line = parsed(charts.sparkline([100, 200, 150], title="Evolução"))
    assert line.findall("path")[1].get("d") == "M0.0 28.0 L50.0 2.0 L100.0 15.0"
    assert line.get("aria-label") == "Evolução"
    assert parsed(charts.sparkline([5, 5], title="t")).findall("path")[1].get("d") == "M0.0 28.0 L100.0 28.0"
    assert charts.sparkline([1], title="t") == ""


def test_names_are_escaped() -> None:
    assert "<script>" not in charts.bars_by_month(
        [charts.Column("<script>", 1)], title="<script>", main="<script>"
    )
    assert "<script>" not in charts.aging([charts.Age("<script>", 1, 1)], title="<script>")


def test_amounts_of_a_scale_are_short() -> None:
    said = [figures.short_brl(cents) for cents in (0, 45_000, 45_000_000, 150_000_000, 250_000_000_000)]
    assert said == [
        "R$\u00a00",
        "R$\u00a0450",
        "R$\u00a0450\u00a0mil",
        "R$\u00a01,5\u00a0mi",
        "R$\u00a02,5\u00a0bi",
    ]


def test_shares_and_counts() -> None:
    assert [figures.percent(part, 7) for part in (0, 1, 7)] == ["0%", "14,3%", "100%"]
    assert figures.percent(1, 0) == "0%"
    assert figures.whole(7_043) == "7.043"
