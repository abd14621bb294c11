"""What each state looks like: a word, a tone and an icon. Portuguese words agree in gender with what they describe
(fatura paga, contrato ativo), so a state is looked up by (kind, state) and its msgid carries the kind as context."""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

Tone = Literal["neutral", "good", "warn", "bad", "info"]


@dataclass(frozen=True, slots=True)
class State:
    """How one state is shown. `label` is translated when it is rendered."""

    label: str | Promise
    tone: Tone
    icon: str


STATES: dict[tuple[str, str], State] = {
    ("invoice", "open"): State(pgettext_lazy("invoice", "Open"), "info", "circle"),
    ("invoice", "due_soon"): State(pgettext_lazy("invoice", "Due soon"), "warn", "clock"),
    ("invoice", "overdue"): State(pgettext_lazy("invoice", "Overdue"), "bad", "circle-alert"),
    ("invoice", "paid"): State(pgettext_lazy("invoice", "Paid"), "good", "check"),
    ("invoice", "zero"): State(pgettext_lazy("invoice", "Zero amount"), "neutral", "circle-slash"),
    ("invoice", "credit"): State(pgettext_lazy("invoice", "Became credit"), "neutral", "undo-2"),
    ("invoice", "cancelled"): State(pgettext_lazy("invoice", "Cancelled"), "neutral", "x"),
    ("receivable", "open"): State(pgettext_lazy("receivable", "Open"), "info", "circle"),
    ("receivable", "overdue"): State(pgettext_lazy("receivable", "Overdue"), "bad", "circle-alert"),
    ("receivable", "settled"): State(pgettext_lazy("receivable", "Settled"), "good", "check"),
    ("receivable", "cancelled"): State(pgettext_lazy("receivable", "Cancelled"), "neutral", "x"),
    ("charge", "pending"): State(pgettext_lazy("charge", "To invoice"), "warn", "clock"),
    ("charge", "invoiced"): State(pgettext_lazy("charge", "Invoiced"), "good", "check"),
    ("charge", "cancelled"): State(pgettext_lazy("charge", "Cancelled"), "neutral", "x"),
    ("contract", "draft"): State(pgettext_lazy("contract", "Draft"), "neutral", "pencil"),
    ("contract", "active"): State(pgettext_lazy("contract", "Active"), "good", "check"),
    ("contract", "cancelled"): State(pgettext_lazy("contract", "Cancelled"), "bad", "x"),
    ("contract", "ended"): State(pgettext_lazy("contract", "Ended"), "neutral", "flag"),
    ("plan", "draft"): State(pgettext_lazy("plan", "Draft"), "neutral", "pencil"),
    ("plan", "active"): State(pgettext_lazy("plan", "Active"), "good", "check"),
    ("plan", "inactive"): State(pgettext_lazy("plan", "Inactive"), "neutral", "pause"),
    ("run", "running"): State(pgettext_lazy("run", "Running"), "info", "play"),
    ("run", "done"): State(pgettext_lazy("run", "Done"), "good", "check"),
    ("run", "done_with_parked"): State(pgettext_lazy("run", "Done, some parked"), "warn", "triangle-alert"),
    ("parked", "open"): State(pgettext_lazy("parked", "Parked"), "warn", "circle-pause"),
    ("parked", "solved"): State(pgettext_lazy("parked", "Solved"), "good", "check"),
    ("membership", "active"): State(pgettext_lazy("membership", "Active"), "good", "check"),
    ("membership", "inactive"): State(pgettext_lazy("membership", "Inactive"), "neutral", "x"),
}


def look_up(kind: str, state: str) -> State:
    """How a state is shown. Raises KeyError for one that is not listed: a state that nobody named is a bug."""
    return STATES[kind, state]
