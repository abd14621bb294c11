"""The pages for “you may not”, “there is no such page” and “we broke”. The last one needs no database and no session."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext

TEMPLATE = "backoffice/error.html"


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    facts = {
        "status": 403,
        "title": gettext("You may not see this page"),
        "text": gettext(
            "Your role or your units do not include it. Ask an owner of the organization to change your access."
        ),
    }
    return render(request, TEMPLATE, facts, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404. What belongs to another organization is not found either."""
    facts = {
        "status": 404,
        "title": gettext("There is nothing at this address"),
        "text": gettext(
            "The link may be old, or what it points to belongs to another organization or unit. "
            "Check the organization chosen at the top."
        ),
    }
    return render(request, TEMPLATE, facts, status=404)


def unreadable(request: HttpRequest) -> HttpResponse:
    """400: something in it is no text."""
    facts = {
        "status": 400,
        "title": gettext("This cannot be read"),
        "text": gettext("The address or the form holds a character that no text has. Type it again."),
    }
    return render(request, TEMPLATE, facts, status=400)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token no longer matches (CSRF_FAILURE_VIEW): signed in again meanwhile, or an old tab. Answers 403."""
    facts = {
        "status": 403,
        "title": gettext("This form is too old to be sent"),
        "text": gettext(
            "You probably signed in again in another tab. Go back, reload the page and send it once more; nothing was changed."
        ),
    }
    return render(request, TEMPLATE, facts, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """500. Rendered without a request, so that no context processor can fail a second time."""
    facts = {
        "status": 500,
        "title": gettext("Something broke on our side"),
        "text": gettext(
            "Nothing you sent was half saved. Try again in a moment; if it happens again, call whoever runs this server."
        ),
    }
    return HttpResponse(loader.render_to_string(TEMPLATE, facts), status=500)
