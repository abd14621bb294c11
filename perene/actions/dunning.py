"""The organization's standard schedule of reminders and notices."""

from django.db import transaction

from perene.apps.policies import dunning
from perene.rules.dunning import DunningTerms


@transaction.atomic(durable=True)
def change_standard(terms: DunningTerms) -> None:
    """Change it for every plan that has none of its own (G9). Raises the Refusals of `rules.dunning.check`."""
    dunning.change_standard(terms)
