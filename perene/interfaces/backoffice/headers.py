"""Headers that Django has no setting for."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

# What no page of ours uses, no script that got in may use either.
PERMISSIONS = ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "payment", "usb")


class HeadersMiddleware:
    """Closes the browser's devices, and keeps pages of signed-in people out of shared caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", ", ".join(f"{name}=()" for name in PERMISSIONS))
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
