"""What several commands share: finding the organization they were given, showing how far they are."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from typing import IO

from perene.apps.organizations import organizations
from perene.kit import tenancy
from perene.rules.refusals import Refusal


def organization_id(text: str) -> int:
    """The organization with this number or exact name. Refusal `unknown_organization`, `organization_name_not_unique`."""
    known = names()
    if text.isdigit() and int(text) in known:
        return int(text)
    found = [number for number, name in known.items() if name == text]
    if not found:
        raise Refusal(
            "unknown_organization",
            "There is no organization “{name}”: `perene organizations` lists them.",
            name=text,
        )
    if len(found) > 1:
        raise Refusal(
            "organization_name_not_unique",
            "Several organizations are called “{name}”: give the number of one of them: {numbers}.",
            name=text,
            numbers=", ".join(map(str, found)),
        )
    return found[0]


def names() -> dict[int, str]:
    """Every active organization's number and name."""
    found = {}
    with tenancy.unscoped("which organizations there are"):
        numbers = organizations.ids_at_work()
    for number in numbers:
        with tenancy.organization(number):
            found[number] = organizations.present().name
    return found


class Progress:
    """A bar on a terminal, JSON lines with `--json`, silence elsewhere."""

    WIDTH = 30

    def __init__(
        self, label: str, *, total: int, as_json: bool = False, terminal: IO[str] | None = None
    ) -> None:
        self.label = label
        self.total = total
        self.as_json = as_json
        self.terminal = sys.stderr if terminal is None else terminal
        self._is_drawn = False

    def show(self, done: int, note: str = "") -> None:
        """`done` of the total; `note` stands beside the bar."""
        if self.as_json:
            tell("progress", label=self.label, done=done, total=self.total)
        elif self.terminal.isatty():
            share = 1.0 if not self.total else min(1.0, done / self.total)
            bar = ("█" * round(share * self.WIDTH)).ljust(self.WIDTH, "·")
            self.terminal.write(f"\r\x1b[2K{self.label} {bar} {share:4.0%}  {note}")
            self.terminal.flush()
            self._is_drawn = True

    def end(self) -> None:
        """Leave the bar's line."""
        if self._is_drawn:
            self.terminal.write("\n")
            self.terminal.flush()
            self._is_drawn = False


@contextmanager
def progress(label: str, *, total: int, as_json: bool = False) -> Iterator[Progress]:
    """A Progress that leaves its line however the work ends."""
    shown = Progress(label, total=total, as_json=as_json)
    try:
        yield shown
    finally:
        shown.end()


def tell(event: str, **facts: object) -> None:
    """One JSON line on standard output."""
    print(json.dumps({"event": event, **facts}, ensure_ascii=False, default=str), flush=True)


def version() -> str:
    """This version of Perene; of a source tree that is not installed, what it says of itself."""
    try:
        return f"perene {metadata.version('perene')}"
    except metadata.PackageNotFoundError:
        return "perene"
