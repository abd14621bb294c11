"""The component page: every piece of the back office in one place, with made-up figures. Only where DEBUG is on."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from perene.interfaces.backoffice import frame, sample


def page(request: HttpRequest) -> HttpResponse:
    """/_componentes. 404 outside DEBUG."""
    if not settings.DEBUG:
        raise Http404
    nodes, result = sample.explanation()
    facts = {
        "frame": sample.frame_of(frame.theme(request)),
        "crumbs": [
            {"label": "Faturamento", "href": "#"},
            {"label": "Faturas", "href": "#"},
            {"label": "Dezembro de 2026"},
        ],
        "invoices": sample.invoices(),
        "months": sample.months(),
        "ages": sample.ages(),
        "nodes": nodes,
        "result": result,
        "events": sample.events(),
        "form": sample.form(),
        "trend": [column.main_cents for column in sample.months()[:11]],
        "levels": ["success", "warning", "error"],
        "today": sample.TODAY,
        "pairs": sample.PAIRS,
        "badges": sample.BADGES,
    }
    return render(request, "backoffice/component_page.html", facts)
