"""Both themes keep WCAG AA, computed from the tokens themselves."""

import re
from pathlib import Path

import pytest

from perene.interfaces import backoffice

CSS = Path(backoffice.__file__).parent / "static" / "backoffice" / "css"
PAIR = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
PLAIN = re.compile(r"--([a-z0-9-]+): (#[0-9a-f]{6});")
GROUNDS = ("ground", "surface", "raised", "sunken", "hover", "selected")
TONES = ("neutral", "good", "warn", "bad", "info")

# (text, ground, least contrast): 4.5 for text, 3 for the edges of what one operates and for the marks of a chart.
PAIRS = [
    *(("text", ground, 4.5) for ground in (*GROUNDS, "accent-tint", *(f"{tone}-tint" for tone in TONES))),
    *(("muted", ground, 4.5) for ground in GROUNDS),
    *(("faint", ground, 4.5) for ground in ("ground", "surface", "raised")),
    *(("accent", ground, 4.5) for ground in (*GROUNDS, "accent-tint", *(f"{tone}-tint" for tone in TONES))),
    *((tone, f"{tone}-tint", 4.5) for tone in TONES),
    *((tone, "surface", 4.5) for tone in TONES),
    ("bad", "hover", 4.5),
    ("bad", "sunken", 4.5),
    ("on-fill", "accent-fill", 4.5),
    ("on-fill", "accent-fill-hover", 4.5),
    ("on-fill", "bad-fill", 4.5),
    ("on-fill", "bad-fill-hover", 4.5),
    ("edge", "surface", 3.0),
    ("edge", "raised", 3.0),
    ("focus", "surface", 3.0),
    ("focus", "ground", 3.0),
    ("accent-fill", "surface", 3.0),
]


def tokens(theme: int) -> dict[str, str]:
    css = (CSS / "tokens.css").read_text()
    return dict(PLAIN.findall(css)) | {found[0]: found[1 + theme] for found in PAIR.findall(css)}


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_agrees_with_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_and_edges_stand_out(theme: int) -> None:
    colors = tokens(theme)
    weak = {
        (text, ground): round(contrast(colors[text], colors[ground]), 2)
        for text, ground, least in PAIRS
        if contrast(colors[text], colors[ground]) < least
    }
    assert weak == {}


def test_styles_stay_small_and_still() -> None:
    files = sorted(CSS.glob("*.css"))
    assert [file.name for file in files] == [
        "base.css",
        "components.css",
        "editor.css",
        "layout.css",
        "print.css",
        "tokens.css",
    ]
    assert sum(file.stat().st_size for file in files) < 50_000
    moving = [
        file.name for file in files if re.search(r"\b(transition|animation|@keyframes)\b", file.read_text())
    ]
    assert moving == []


def test_only_tokens_name_colors() -> None:
    """A color written outside the tokens would be missed by the test above. A pair for one place may stand in a component."""
    stray = {}
    for file in sorted(CSS.glob("*.css")):
        if file.name in ("tokens.css", "print.css"):
            continue
        bare = re.sub(
            r"light-dark\([^)]*\)|url\([^)]*\)", "", re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.S)
        )
        found = re.findall(r"#[0-9a-f]{3,8}\b", bare)
        if found:
            stray[file.name] = found
    assert stray == {}
