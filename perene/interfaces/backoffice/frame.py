"""What surrounds every page: menu with counts, place, person, sandbox clock, theme. Values in, values out; the middleware that
knows the person puts a Frame on the request, and `context` hands it to the templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest
from django.urls import reverse

from perene.interfaces.backoffice import menu

THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the menu as drawn."""

    label: str
    icon: str
    address: str
    is_current: bool
    key: str
    count: int
    tone: str


@dataclass(frozen=True, slots=True)
class Section:
    label: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """An organization or a unit one may switch to. The empty id is “all units”."""

    id: str
    name: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class Clock:
    """A sandbox organization's date; `target` is the date it is on its way to."""

    today: date
    may_move: bool = True
    target: date | None = None

    @property
    def is_moving(self) -> bool:
        return self.target is not None


@dataclass(frozen=True, slots=True)
class Frame:
    """Without a person only `theme` and `home` say something: sign-in and error pages have no menu."""

    theme: str = ""
    home: str = "/"
    sections: tuple[Section, ...] = ()
    organization: str = ""
    unit: str = ""
    organizations: tuple[Place, ...] = ()
    units: tuple[Place, ...] = ()
    person: Person | None = None
    clock: Clock | None = None


def sections(*, current: str, counts: Mapping[str, int], hidden: Sequence[str] = ()) -> tuple[Section, ...]:
    """The menu with the section `current` marked and figures beside the entries. `hidden` are sections not to show
    (the clock of a production organization, what a role may not see); a group left empty goes too."""
    drawn = []
    for group in menu.GROUPS:
        links = tuple(
            Link(
                label=str(item.label),
                icon=item.icon,
                address=reverse(item.url_name),
                is_current=item.section == current,
                key=item.key,
                count=counts.get(item.counts, 0),
                tone=item.tone,
            )
            for item in group.items
            if item.section not in hidden
        )
        if links:
            drawn.append(Section(label=str(group.label), links=links))
    return tuple(drawn)


def theme(request: HttpRequest) -> str:
    """The theme the person chose on this browser: "light", "dark", or "" for what the system prefers."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else ""


def context(request: HttpRequest) -> dict[str, object]:
    """Context processor: `frame`. A page without a member gets only the theme. The member's is made when first looked at."""
    made = getattr(request, "frame", None)
    return {"frame": Frame(theme=theme(request)) if made is None else made}
