"""Stands before everything else: tells a request by an id, measures it and says a line about it; and answers whoever watches
over the process, without a session, whatever name it was called by."""

from __future__ import annotations

import hmac
import logging
import re
import time
from collections.abc import Callable
from ipaddress import ip_address
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import Resolver404, resolve

from perene.interfaces.ops import measured
from perene.kit import fitness, health, ids, logs, metrics

log = logging.getLogger("perene.request")

ALIVE, READY, METRICS = "/saude/vivo", "/saude/pronto", "/metricas"
REQUEST_ID = re.compile(r"[\w.-]{8,64}")
# What a proxy of ours leaves behind: then the address before us is the proxy's and says nothing.
_FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
    "HTTP_VIA",
)

Answer = Callable[[HttpRequest], HttpResponseBase]


class WatchMiddleware:
    """X-Request-Id comes in (from a proxy) or is made, and goes out."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if answer := _WATCHED.get(request.path_info):
            return _not_kept(answer(request))
        given = request.headers.get("X-Request-Id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else str(ids.new())
        began = time.perf_counter()
        with logs.about(request=request_id):
            response = self.get_response(request)
            response.headers["X-Request-Id"] = request_id
            seconds = time.perf_counter() - began
            _measure(request, response.status_code, seconds)
            if not request.path_info.startswith(settings.STATIC_URL):
                _say(request, response.status_code, seconds)
        return response


def _measure(request: HttpRequest, status: int, seconds: float) -> None:
    route = _route(request)
    method = (
        request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
    )
    metrics.REQUESTS.labels(route, method, str(status)).inc()
    metrics.REQUEST_SECONDS.labels(route).observe(seconds)


def _say(request: HttpRequest, status: int, seconds: float) -> None:
    facts: dict[str, object] = {
        "method": request.method,
        "route": _route(request),
        "status": status,
        "ms": round(seconds * 1000),
    }
    match = request.resolver_match
    # Ids only: another part of an address may be the secret of a link.
    about = (
        {name: value for name, value in match.kwargs.items() if isinstance(value, int | UUID)}
        if match
        else {}
    )
    if about:
        facts["about"] = {name: str(value) for name, value in about.items()}
    organization, member = getattr(request, "organization", None), getattr(request, "member", None)
    facts |= {"organization": organization.id} if organization is not None else {}
    facts |= {"person": str(member.person_id)} if member is not None else {}
    log.log(logging.ERROR if status >= 500 else logging.INFO, "request answered", extra=facts)


def _route(request: HttpRequest) -> str:
    """The pattern of the address in urls.py, so that there are only so many; `static` and `none` for what has none."""
    match = request.resolver_match
    if match is None:  # whoever is not signed in was turned away before
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"
    return f"/{match.route}"


def _alive(request: HttpRequest) -> HttpResponse:
    """The process answers: it need not be started anew."""
    return JsonResponse({"status": "ok"})


def _ready(request: HttpRequest) -> HttpResponse:
    """Requests may be sent here. 503 with a word for the reason; the sentence is in the log, for it tells of the inside."""
    try:
        health.check()
    except fitness.Unfit as unfit:
        log.warning("not ready: %s", unfit, extra={"reason": unfit.reason})
        return JsonResponse({"status": "unavailable", "reason": unfit.reason}, status=503)
    return JsonResponse({"status": "ok"})


def _metrics(request: HttpRequest) -> HttpResponse:
    """For who knows PERENE_METRICS_TOKEN; without one, for this machine itself. To others there is nothing here."""
    if not _may_measure(request):
        return HttpResponse(status=404)
    text = metrics.exposition(measured.state_of_work())
    return HttpResponse(text, content_type=metrics.CONTENT_TYPE)


def _may_measure(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    if any(name in request.META for name in _FORWARDED):
        return False
    try:
        return ip_address(str(request.META.get("REMOTE_ADDR", ""))).is_loopback
    except ValueError:
        return False


def _not_kept(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


_WATCHED: dict[str, Callable[[HttpRequest], HttpResponse]] = {ALIVE: _alive, READY: _ready, METRICS: _metrics}
