"""Where one works: the organization, and one unit or all of them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from perene.apps.organizations import people
from perene.interfaces.backoffice import access, signed_in
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.framing import units_of


@access.public
def choose(request: HttpRequest) -> HttpResponseBase:
    """For who may enter several organizations and has not said which."""
    person_id = signed_in.person_id(request)
    if person_id is None:
        return HttpResponseRedirect(reverse("backoffice:sign_in"))
    if request.method == "POST":
        return _entered(request, person_id)
    return render(request, "backoffice/choose.html", {"places": signed_in.places(request)})


@access.act("")
def change(request: MemberRequest) -> HttpResponseBase:
    """The menu at the top: another organization, or another unit of this one."""
    if "organization" in request.POST:
        return _entered(request, request.member.person_id)
    wanted = request.POST.get("unit", "")
    if wanted and wanted not in [str(unit.id) for unit in units_of(request)]:
        raise Http404
    request.session["unit_id"] = str(UUID(wanted)) if wanted else ""
    came_from = access.back(request)
    return HttpResponseRedirect(came_from)


def _entered(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Asks the database anew whether the person may: memberships end while sessions last."""
    wanted = request.POST.get("organization", "")
    allowed = {str(number): number for number in people.organizations_of(person_id)}
    if wanted not in allowed:
        messages.error(request, gettext("You are not a member of that organization any more."))
        return HttpResponseRedirect(access.back(request))
    signed_in.choose(request, allowed[wanted])
    response = HttpResponseRedirect("/")
    signed_in.remember(response, allowed[wanted])
    return response
