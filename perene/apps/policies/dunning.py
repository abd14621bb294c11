"""Dunning schedules as definitions; what is sent under them belongs to the apps above."""

from perene.apps.policies.models import DunningSchedule
from perene.kit import ids
from perene.rules import dunning
from perene.rules.dunning import DunningTerms

# Reminder three days before and on the day is not for everybody: the standard begins gently and may be changed.
STANDARD = {"pre_due_days": 3, "post_due_start": 3, "every_days": 5, "for_days": 20}


def install_standard() -> DunningSchedule:
    """The schedule that plans use when they do not name another (G9)."""
    return DunningSchedule.objects.create(id=ids.new(), name="Régua padrão", is_standard=True, **STANDARD)


def standard() -> DunningSchedule:
    """The organization's standard schedule."""
    return DunningSchedule.objects.get(is_standard=True)


def change_standard(terms: DunningTerms) -> DunningSchedule:
    """Change it, at any time: plans without a schedule of their own follow at once (G9). Raises the Refusals of
    `rules.dunning.check`."""
    dunning.check(terms)
    changed = standard()
    for name, value in terms._asdict().items():
        setattr(changed, name, value)
    changed.save(update_fields=list(terms._fields))
    return changed


def custom(terms: DunningTerms, *, name: str) -> DunningSchedule:
    """A plan's own schedule (G10–G13); a plan version keeps the one it was made with. Raises the Refusals of
    `rules.dunning.check`."""
    return DunningSchedule.objects.create(id=ids.new(), name=name, **dunning.check(terms)._asdict())


def terms_of(schedule: DunningSchedule) -> DunningTerms:
    """The schedule as the rules read it."""
    return DunningTerms(
        schedule.pre_due_days, schedule.post_due_start, schedule.every_days, schedule.for_days
    )
