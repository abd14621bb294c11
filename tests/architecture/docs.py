"""What README and docs/ say about the program, and whether it is so."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# dev.py's own words; every other word goes to the command line of Perene.
OWN_WORDS = {"test", "lint", "bench"}

COMMAND = re.compile(
    r"^\s*(?:\$ )?(?:\w+=\S+ )*(?:python3 dev\.py|perene)(?P<arguments>(?: [^#\n]*)?)(?:#.*)?$"
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)|!\[[^\]]*\]\((?P<image>[^)\s]+)\)")
FENCED = re.compile(r"^```[^\n]*\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`(?P<code>[^`\n]+)`")
PATH = re.compile(r"(?:perene|tests|docs|bench|requirements)/[\w./-]*\w|dev\.py|pyproject\.toml")
VARIABLE = re.compile(r"\b(?:PERENE|DATABASE)_[A-Z_]*[A-Z]\b")
MENTIONED_DOCUMENT = re.compile(r"\bdocs/[\w./-]+\.md\b")


def pages() -> list[Path]:
    return [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if path.exists()]


def commands(text: str) -> list[str]:
    """What follows `python3 dev.py` or `perene` on the command lines of a page, in blocks and in spans."""
    lines = [line for block in FENCED.finditer(text) for line in _joined(block["code"])]
    lines += [span["code"] for span in SPAN.finditer(FENCED.sub("", text))]
    return [match["arguments"].strip() for line in lines if (match := COMMAND.match(line))]


def _joined(code: str) -> list[str]:
    return code.replace("\\\n", " ").splitlines()


def wrong_command(arguments: str, parser: argparse.ArgumentParser) -> str | None:
    """What is not so about a command line; None when every word and option of it exists."""
    words = shlex.split(arguments.replace("…", "").replace("[", " ").replace("]", " "))
    if not words or words[0] in OWN_WORDS or words[0].isupper():
        return None
    present = parser
    for word in words:
        if word.startswith("-"):
            option = word.split("=")[0]
            if option not in present._option_string_actions:
                return f"{present.prog} has no option {option}"
        elif below := _subparsers(present):
            for alternative in word.split("|"):
                if alternative not in below:
                    return f"{present.prog} has no command {alternative}"
            present = below[word.split("|")[0]]
    return None


def _subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def broken_links(text: str, page: Path) -> list[str]:
    """Relative targets that are not there, headings included."""
    found = []
    for match in LINK.finditer(FENCED.sub("", text)):
        target = match["target"] or match["image"]
        if re.match(r"[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (
            heading and file.suffix == ".md" and heading not in headings(file.read_text("utf-8"))
        ):
            found.append(target)
    return found


def headings(text: str) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def missing_paths(text: str) -> list[str]:
    """Files and folders of the repository named in code spans that are not there. Patterns and places to fill are no names."""
    spans = [span["code"].strip().rstrip("/") for span in SPAN.finditer(FENCED.sub("", text))]
    return [span for span in spans if PATH.fullmatch(span) and not (ROOT / span).exists()]


def unknown_variables(text: str) -> list[str]:
    """Environment variables that neither the program nor CI knows."""
    return sorted({name for name in VARIABLE.findall(text) if name not in _read_variables()})


def _read_variables() -> set[str]:
    sources = [ROOT / "dev.py", ROOT / ".ci" / "run"]
    sources += [path for folder in ("perene", "bench") for path in (ROOT / folder).rglob("*.py")]
    return {name for path in sources for name in VARIABLE.findall(path.read_text("utf-8"))}


def documents_named_in_code() -> dict[str, str]:
    """Pages that a comment or docstring sends the reader to, and where."""
    found = {}
    for folder in ("perene", "tests", "bench"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for name in MENTIONED_DOCUMENT.findall(path.read_text("utf-8")):
                found.setdefault(name, path.relative_to(ROOT).as_posix())
    return found
