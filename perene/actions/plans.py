"""What happens to a plan. Each function is one transaction; who may do it is asked by the interface."""

from uuid import UUID

from django.db import transaction

from perene.apps.catalog import plans
from perene.apps.catalog.models import PlanStatus
from perene.apps.catalog.plans import Saved
from perene.apps.catalog.versions import PlanContent


@transaction.atomic(durable=True)
def create(
    code: str, content: PlanContent, *, is_active: bool = False, copied_from: UUID | None = None
) -> Saved:
    """A new plan: a draft, or (with items) on sale at once. `copied_from`: the plan whose copy was edited before saving, from
    which name and code must differ (G31). Raises the Refusals of `plans.create` and `plans.check_copy`."""
    if copied_from is not None:
        plans.check_copy(plans.locked(copied_from), code=code, name=content.name)
    return plans.create(code, content, status=PlanStatus.ACTIVE if is_active else PlanStatus.DRAFT)


@transaction.atomic(durable=True)
def edit(
    plan_id: UUID, content: PlanContent, *, from_version: int | None = None, activate: bool = False
) -> Saved:
    """The plan's next version; contracts keep theirs. With `activate` it is on sale from here. Raises the Refusals of
    `plans.edit` and `plans.activate`."""
    saved = plans.edit(plan_id, content, from_version=from_version)
    if activate:
        plans.activate(plan_id)
    return saved


@transaction.atomic(durable=True)
def activate(plan_id: UUID) -> None:
    """Put the plan on sale. Raises the Refusals of `plans.activate`."""
    plans.activate(plan_id)


@transaction.atomic(durable=True)
def deactivate(plan_id: UUID) -> None:
    """Stop new sales of the plan. Raises the Refusals of `plans.deactivate`."""
    plans.deactivate(plan_id)


@transaction.atomic(durable=True)
def copy(plan_id: UUID, *, code: str, name: str, status: str | None = None) -> Saved:
    """A new plan with everything of another. Raises the Refusals of `plans.copy`."""
    return plans.copy(plan_id, code=code, name=name, status=status)


@transaction.atomic(durable=True)
def delete(plan_id: UUID) -> None:
    """Take the plan away; its contracts go on. Raises the Refusals of `plans.delete`."""
    plans.delete(plan_id)
