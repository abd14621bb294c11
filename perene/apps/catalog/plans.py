"""A plan's life: drafted, edited into new versions, put on sale and taken off, copied, deleted (G28–G33)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from perene.apps.catalog import prices, versions
from perene.apps.catalog.models import Plan, PlanItem, PlanStatus, PlanVersion
from perene.apps.catalog.versions import PlanContent
from perene.kit import constraints, ids
from perene.rules import plans as plan_rules
from perene.rules import pricing
from perene.rules.plans import Summary
from perene.rules.refusals import Refusal, Text

# G34: what the person is told, by stable key.
ITEM_MESSAGES = {
    "item.included": Text("Item included successfully."),
    "item.changed": Text("Item changed successfully."),
    "item.removed": Text("Item removed successfully."),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell the person after saving; `code` is stable."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan after an act that made a version of it."""

    plan_id: UUID
    version_id: UUID
    number: int
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class ItemSummary:
    """G17 and G22, in centavos of one whole cycle."""

    name: str
    base_cents: int
    estimated_cents: int


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """G26 and G27."""

    totals: Summary
    items: tuple[ItemSummary, ...]
    metadata: dict[str, str]


def create(code: str, content: PlanContent, *, status: str = PlanStatus.DRAFT) -> Saved:
    """A new plan, a draft unless said otherwise. Raises Refusal `plan_code_missing`, `plan_code_taken` (also by a deleted
    plan, G32), `plan_status_unknown`, `plan_without_items` for an active one (G28), and those of `versions.write`."""
    code = code.strip()
    if not code:
        raise Refusal("plan_code_missing", "Give the plan an external code.")
    if status not in PlanStatus.values:
        raise Refusal(
            "plan_status_unknown", "“{status}” is not a status: choose one of the list.", status=status
        )
    plan = Plan(id=ids.new(), external_code=code, name=content.name)
    taken = Refusal(
        "plan_code_taken",
        "The code {code} is or was another plan's: choose one that was never used.",
        code=code,
    )
    with constraints.refused("plan_external_code_once", taken):
        plan.save(force_insert=True)
    written = versions.write(plan, content)
    if status == PlanStatus.ACTIVE:
        plan_rules.check_sellable(versions.terms_of(written.version, written.items))
    plan.status = status
    plan.save(update_fields=["status", "name", "latest_version"])
    return _saved(plan, written, before=[])


def edit(plan_id: UUID, content: PlanContent, *, from_version: int | None = None) -> Saved:
    """Append version v+1; contracts keep the version they have (G30). `from_version`: the one that the person changed, where
    they saw one. Raises Refusal `plan_is_deleted`, `plan_changed_meanwhile`, `plan_without_items` for an active plan left
    without any, and those of `versions.write`."""
    plan = locked(plan_id)
    if from_version is not None and plan.latest_version != from_version:
        raise Refusal(
            "plan_changed_meanwhile",
            "The plan was saved by somebody else meanwhile and is at version {latest}: open it again and repeat your change.",
            latest=plan.latest_version,
        )
    before = items(plan)
    written = versions.write(plan, content)
    if plan.status == PlanStatus.ACTIVE:
        plan_rules.check_sellable(versions.terms_of(written.version, written.items))
    plan.save(update_fields=["name", "latest_version"])
    return _saved(plan, written, before=before)


def activate(plan_id: UUID) -> None:
    """Put it on sale. Raises Refusal `plan_without_items` (G28), `plan_is_deleted`."""
    plan = locked(plan_id)
    version = versions.latest(plan)
    assert version is not None  # a plan is made with its first version
    plan_rules.check_sellable(versions.terms_of(version, versions.items_of(version)))
    plan.status = PlanStatus.ACTIVE
    plan.save(update_fields=["status"])


def deactivate(plan_id: UUID) -> None:
    """Stop new sales; contracts go on (G29). Raises Refusal `plan_never_activated` for a draft, `plan_is_deleted`."""
    plan = locked(plan_id)
    if plan.status == PlanStatus.DRAFT:
        raise Refusal(
            "plan_never_activated", "The plan {plan} is a draft: it was never on sale.", plan=plan.name
        )
    plan.status = PlanStatus.INACTIVE
    plan.save(update_fields=["status"])


def copy(plan_id: UUID, *, code: str, name: str, status: str | None = None) -> Saved:
    """A new plan with all data and items of another; `status` None = the source's (G31). Raises Refusal `copy_needs_new_name`,
    `copy_needs_new_code`, and those of `create`."""
    source = locked(plan_id)
    check_copy(source, code=code, name=name)
    return create(code, replace(content(source), name=name), status=status or source.status)


def check_copy(source: Plan, *, code: str, name: str) -> None:
    """G31. Refusal `copy_needs_new_name`, `copy_needs_new_code`."""
    if name.strip() == source.name:
        raise Refusal("copy_needs_new_name", "Give the copy another name than {name}.", name=source.name)
    if code.strip() == source.external_code:
        raise Refusal(
            "copy_needs_new_code", "Give the copy another code than {code}.", code=source.external_code
        )


def delete(plan_id: UUID) -> None:
    """Take it away with all its items, as a last version that has none. Contracts bill on from the version they have, and
    the code stays taken (G32, G33)."""
    plan = locked(plan_id)
    versions.write(plan, replace(content(plan), items=()))
    plan.status, plan.is_deleted = PlanStatus.INACTIVE, True
    plan.save(update_fields=["status", "is_deleted", "latest_version"])


def locked(plan_id: UUID) -> Plan:
    """The plan, held until the transaction ends. Raises Refusal `plan_is_deleted`."""
    plan = Plan.objects.select_for_update(no_key=True).get(id=plan_id)
    if plan.is_deleted:
        raise Refusal("plan_is_deleted", "The plan {plan} was deleted.", plan=plan.name)
    return plan


def content(plan: Plan) -> PlanContent:
    """What the plan says now."""
    version = versions.latest(plan)
    assert version is not None
    return versions.read(version)


def items(plan: Plan) -> list[PlanItem]:
    """The plan's present items."""
    version = versions.latest(plan)
    return versions.items_of(version) if version else []


def on_sale() -> dict[str, PlanVersion]:
    """The version that a new contract takes of each active plan, by the plan's code."""
    found = PlanVersion.objects.select_related("plan").filter(
        plan__status=PlanStatus.ACTIVE, plan__is_deleted=False
    )
    return {
        version.plan.external_code: version
        for version in found
        if version.number == version.plan.latest_version
    }


def summary(version: PlanVersion) -> PlanSummary:
    """What a version adds up to, with its free attributes."""
    rows = versions.items_of(version)
    return PlanSummary(
        totals=plan_rules.summary(versions.terms_of(version, rows)),
        items=tuple(
            ItemSummary(row.name, pricing.base(prices.price_of(row)), pricing.estimate(prices.price_of(row)))
            for row in rows
        ),
        metadata=version.metadata,
    )


def _saved(plan: Plan, written: versions.Written, *, before: Sequence[PlanItem]) -> Saved:
    notices = [Notice("item.quantity_forced", warning) for warning in written.warnings]
    notices += [Notice(code, ITEM_MESSAGES[code]) for code in _item_changes(before, written.items)]
    return Saved(plan.id, written.version.id, written.version.number, tuple(notices))


def _item_changes(before: Sequence[PlanItem], after: Sequence[PlanItem]) -> list[str]:
    """One key per item that came, changed or went; the n-th of an item is compared with the n-th of it before."""
    old, new = _by_occurrence(before), _by_occurrence(after)
    changes = [
        "item.included" if key not in old else "item.changed"
        for key, values in new.items()
        if old.get(key) != values
    ]
    return changes + ["item.removed" for key in old if key not in new]


def _by_occurrence(rows: Sequence[PlanItem]) -> dict[tuple[UUID, int], tuple[Any, ...]]:
    seen: dict[UUID, int] = {}
    found: dict[tuple[UUID, int], tuple[Any, ...]] = {}
    for row in rows:
        seen[row.item_id] = seen.get(row.item_id, 0) + 1
        found[row.item_id, seen[row.item_id]] = (row.name, *(getattr(row, name) for name in prices.COLUMNS))
    return found
