"""The day in which the organization lives; a sandbox's can be moved forward."""

from typing import Annotated

from pydantic import Field

from perene.actions import daily
from perene.apps.organizations import organizations
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject
from perene.interfaces.api.values import Day, Flag, Given, Shown

subject = Subject("Relógio")


class ClockShown(Shown):
    today: Day
    is_sandbox: Flag
    target_on: Annotated[Day | None, Field(description="Para onde está indo; nulo: parado.")]


class Move(Given):
    target_on: Day


@subject.reads("/clock", scope="", answer=ClockShown, summary="Que dia é")
def get_clock(request: ApiRequest):
    return ClockShown(
        today=request.today,
        is_sandbox=request.organization.is_sandbox,
        target_on=request.organization.clock_target_on,
    )


@subject.acts(
    "/clock/move",
    scope="clock.move",
    answer=ClockShown,
    status=202,
    is_repeatable=True,
    summary="Avançar o relógio (só em ambiente de teste)",
)
def move_clock(request: ApiRequest, body: Move):
    """Cada dia é vivido por inteiro por um processo de trabalho; acompanhe em `GET /clock`."""
    daily.aim(target_on=body.target_on)
    present = organizations.present()
    return ClockShown(today=request.today, is_sandbox=True, target_on=present.clock_target_on)
