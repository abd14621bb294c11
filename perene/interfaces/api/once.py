"""A POST with an `Idempotency-Key` is done once, however often it is asked.

- The same key and the same request: the answer of the first one again, with `Idempotency-Replayed: true`.
- The same key and another request: 409 `idempotency_key_reused`.
- The same key while the first is at work: 409 `request_in_progress`; ask again and get its answer.
- The first was refused (4xx): nothing was done, the key is free and the request is looked at again.
- The first broke off (the process died, 5xx) and nobody knows whether it was done: an operation that can tell is asked again
  and answers as if it had been the first; the others answer 409 `outcome_unknown`, and do nothing.
"""

import hashlib
from collections.abc import Callable

from django.http import HttpResponse
from django.utils.translation import gettext

from perene.actions import answer_once
from perene.apps.inbox import idempotency
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.problems import Problem
from perene.rules.refusals import Refusal

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 200


def answered(request: ApiRequest, do: Callable[[], HttpResponse], *, is_repeatable: bool) -> HttpResponse:
    """What `do` answers, or what it answered before."""
    key = request.headers.get(HEADER)
    if key is None:
        return do()
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Problem(
            422,
            "idempotency_key_malformed",
            gettext("An Idempotency-Key has 1 to {high} printable ASCII characters.").format(
                high=LONGEST_KEY
            ),
        )
    caller_id = request.caller.key_id
    with idempotency.working(caller_id, key) as is_alone:
        if not is_alone:
            raise Problem(
                409,
                "request_in_progress",
                gettext(
                    "The first request with this Idempotency-Key is still at work: ask again in a moment."
                ),
                headers={"Retry-After": "1"},
            )
        kept = answer_once.begin(caller_id, key, request_digest=_digest(request), now=request.now)
        if kept is not None and kept.status_code is not None:
            return HttpResponse(
                kept.answer,
                status=kept.status_code,
                content_type="application/json",
                headers={REPLAYED: "true"},
            )
        if kept is not None and not is_repeatable:
            raise Problem(
                409,
                "outcome_unknown",
                gettext(
                    "The first request with this Idempotency-Key broke off: look whether it was done, and use a new key if not."
                ),
            )
        try:
            response = do()
        except (Refusal, Problem):
            # One that broke off before stays unknown: this refusal may well be because it was done.
            if kept is None:
                answer_once.take_back(caller_id, key)
            raise
        answer_once.finish(caller_id, key, status_code=response.status_code, answer=response.content.decode())
        return response


def request_key(request: ApiRequest) -> str | None:
    """What an action that is done once knows this request by."""
    key = request.headers.get(HEADER)
    return None if key is None else f"api:{request.caller.key_id}:{key}"


def _digest(request: ApiRequest) -> str:
    body = hashlib.sha256(request.body).hexdigest()
    return f"{request.method} {request.get_full_path()} {body}"
