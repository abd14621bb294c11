"""Reads the environment. What is wrong or missing stops the start with one sentence saying what to set."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit


class BadConfiguration(SystemExit):
    """Printed as one sentence; the process ends with status 2."""

    def __init__(self, sentence: str) -> None:
        super().__init__(2)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    host: str
    port: str
    name: str
    user: str
    password: str
    # What else libpq should know (sslmode, …).
    options: dict[str, str]


# Of libpq's many parameters those that an installation may need; a misspelt one must not pass unnoticed.
PASSED_ON = (
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "connect_timeout",
    "target_session_attrs",
    "application_name",
)


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None or value == "":
        raise BadConfiguration(f"Set {name} in the environment.")
    return value


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    if value.lower() in ("1", "true", "yes", "on"):
        return True
    if value.lower() in ("0", "false", "no", "off"):
        return False
    raise BadConfiguration(f"Set {name} to 1 or 0; it is {value!r}.")


def one_of(name: str, choices: Sequence[str]) -> str:
    """One of these words; the first is the default."""
    value = os.environ.get(name) or choices[0]
    if value not in choices:
        raise BadConfiguration(f"Set {name} to one of {', '.join(choices)}; it is {value!r}.")
    return value


def whole_number(name: str, default: int, *, at_least: int = 0) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdigit() or int(value) < at_least:
        raise BadConfiguration(f"Set {name} to a whole number of at least {at_least}; it is {value!r}.")
    return int(value)


def database_address(name: str) -> DatabaseAddress:
    """The address in variable `name`: postgresql://user:password@host:port/database, or ?host=/folder for a unix socket."""
    url = text(name)
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or len(parts.path) < 2:
        raise BadConfiguration(
            f"Set {name} to postgresql://user:password@host:5432/database; what is there is not of that form."
        )
    try:
        port = str(parts.port or "")
    except ValueError:
        raise BadConfiguration(f"Set {name} with a port between 1 and 65535.") from None
    query = parse_qs(parts.query)
    unknown = query.keys() - {"host", "port", "user", *PASSED_ON}
    if unknown:
        raise BadConfiguration(
            f"Set {name} without {', '.join(sorted(unknown))}: known are {', '.join(PASSED_ON)}."
        )
    return DatabaseAddress(
        host=query.get("host", [parts.hostname or ""])[0],
        port=query.get("port", [port])[0],
        name=unquote(parts.path[1:]),
        user=unquote(parts.username or query.get("user", [""])[0]),
        password=unquote(parts.password or ""),
        options={key: query[key][0] for key in PASSED_ON if key in query},
    )


def data_folder() -> Path:
    """Where the embedded database and generated secrets live when no DATABASE_URL is given."""
    return Path(os.environ.get("PERENE_DATA") or "var").resolve()
