"""What the program says while it works: one line an event, JSON for machines or words for a terminal, with whose request or job
it was. Secrets and whole documents are covered wherever they stand in a line."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from perene.kit import tenancy

# Of the request or job in hand: request, job, task, organization, person, key, …
_facts: ContextVar[dict[str, object] | None] = ContextVar("perene_log_facts", default=None)

# What logging itself puts on a record; the rest came by extra={…}.
_OWN = set(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "request",
    "server_time",
    "job",
}

_COVERED = "…"
_NAMES = r"(?:passw(?:or)?d|senha|secret|token|sessionid|csrf\w*|api[_-]?key|authorization|cookie|otp|recovery_code)"
_SECRETS = (
    # Tokens and keys of ours, known by how they begin.
    re.compile(r"\b(?P<kept>whsec_|pk_(?:live|test)_)[\w+/=-]{4,}"),
    re.compile(r"(?i)\b(?P<kept>bearer |basic )[\w.~+/=-]{6,}"),
    # sealed texts (kit.crypto)
    re.compile(r"\b(?P<kept>v1\.[0-9a-f]{8}\.)[\w-]{16,}"),
    # postgresql://user:password@host
    re.compile(r"(?P<kept>\b[a-z][a-z0-9+.-]*://[^/\s:@]*:)[^@\s/]+(?=@)"),
    # password=…, "token": "…", sessionid=…, in addresses, JSON and reprs alike
    re.compile(rf"""(?i)(?P<kept>\b\w*{_NAMES}["']?\s*[=:]\s*["'])[^"'\n]+"""),
    re.compile(rf"""(?i)(?P<kept>\b\w*{_NAMES}["']?\s*[=:]\s*)[^\s"',;&}}…]+"""),
)
# CPF and CNPJ, with their punctuation or without; a CNPJ may hold letters.
_DOCUMENTS = (
    re.compile(r"(?<![\w.])(?P<kept>\d{3})\.?\d{3}\.?\d{3}-?\d{2}(?![\w-])"),
    re.compile(r"(?<![\w.])(?P<kept>[0-9A-Z]{2})\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/?[0-9A-Z]{4}-?\d{2}(?![\w-])"),
)
# A name whose value is covered whatever it looks like.
_SECRET_NAME = re.compile(r"(?i)passw|senha|secret|token|authorization|cookie|recovery|otp|\bkey\b$")


@contextmanager
def about(**facts: object) -> Iterator[None]:
    """Every line said inside tells these facts too; `note` adds to them."""
    token = _facts.set({**(_facts.get() or {}), **facts})
    try:
        yield
    finally:
        _facts.reset(token)


def note(**facts: object) -> None:
    """One more fact of the request or job in hand, for its lines from here on (its last one included)."""
    present = _facts.get()
    if present is not None:
        present |= facts


def noted() -> dict[str, object]:
    """The facts of the request or job in hand."""
    return dict(_facts.get() or {})


def covered(text: str) -> str:
    """The text without secrets and whole documents."""
    for pattern in _SECRETS:
        text = pattern.sub(rf"\g<kept>{_COVERED}", text)
    for pattern in _DOCUMENTS:
        text = pattern.sub(rf"\g<kept>{_COVERED}", text)
    return text


def said(record: logging.LogRecord) -> str:
    """The sentence. Django's own lines about a request name its path, and a path may hold a link's secret: its pattern is
    named instead."""
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    if match is not None and isinstance(record.args, tuple) and record.args:
        return covered(record.msg % (*record.args[:-1], match.route))
    return covered(record.getMessage())


def facts_of(record: logging.LogRecord) -> dict[str, object]:
    """What a line tells beside its sentence: the scope in force, the request or job, and what was given with extra={…}."""
    found: dict[str, object] = {}
    scope = tenancy.present()
    if scope is not None and scope.organization_id is not None:
        found["organization"] = scope.organization_id
        if scope.person_id is not None:
            found["person"] = str(scope.person_id)
    found |= _facts.get() or {}
    found |= {name: value for name, value in vars(record).items() if name not in _OWN}
    return {
        name: _COVERED if _SECRET_NAME.search(name) else covered(value) if isinstance(value, str) else value
        for name, value in found.items()
    }


class Json(logging.Formatter):
    """One object a line: time (UTC), level, logger, event, then the facts."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _when(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": said(record),
            **facts_of(record),
        }
        if record.exc_info:
            line["exception"] = covered(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=_as_text)


class Human(logging.Formatter):
    """For a terminal: the hour, the sentence, the facts."""

    def format(self, record: logging.LogRecord) -> str:
        facts = " ".join(f"{name}={value}" for name, value in facts_of(record).items())
        line = f"{_when(record).astimezone():%H:%M:%S} {record.levelname.lower():<7} {said(record)}"
        if facts:
            line += f"  [{covered(facts)}]"
        if record.exc_info:
            line += "\n" + covered(self.formatException(record.exc_info))
        return line


KINDS = ("auto", "json", "human")


def formatter(kind: str) -> type[logging.Formatter]:
    """`json`, `human`, or `auto`: words when somebody watches, JSON when a file or journal does. Raises KeyError."""
    kinds: dict[str, type[logging.Formatter]] = {"json": Json, "human": Human}
    return kinds[kind if kind != "auto" else "human" if sys.stderr.isatty() else "json"]


def _when(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _as_text(value: Any) -> str:
    return covered(str(value))
