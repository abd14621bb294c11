"""The call itself: bounded in time and in what is read, never redirected, and to the address that was looked at."""

import asyncio
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import httpx

from perene.rules import addresses

# From looking up the name to the last byte that is read: a receiver that answers later than this does its work before it answers.
TOTAL_SECONDS = 15.0
CONNECT_SECONDS = 5.0
MOST_ANSWER_BYTES = 2048
USER_AGENT = "Perene-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Call:
    """What is to be sent. `may_call_loopback` for an organization that only tries things out."""

    url: str
    body: str
    headers: dict[str, str]
    may_call_loopback: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call. `status_code` None: nobody answered, and `error` says why (a stable word). `text` is the beginning
    of what was answered."""

    status_code: int | None
    error: str
    text: str
    milliseconds: int

    @property
    def is_success(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300


class _Refused(Exception):
    """We do not call this. The argument is one of the words of `Answer.error`."""


def send(calls: Sequence[Call], *, total_seconds: float = TOTAL_SECONDS) -> list[Answer]:
    """Call all of them at once; the answers in the same order. Nothing that a receiver does raises."""
    return asyncio.run(_all(calls, total_seconds))


async def _all(calls: Sequence[Call], total_seconds: float) -> list[Answer]:
    # No proxy of the environment: through one the look at the address would mean nothing.
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(
        verify=_trust(), trust_env=False, follow_redirects=False, limits=limits
    ) as client:
        return list(await asyncio.gather(*(_one(client, call, total_seconds) for call in calls)))


async def _one(client: httpx.AsyncClient, call: Call, total_seconds: float) -> Answer:
    began = time.monotonic()

    def after(status_code: int | None, error: str = "", text: str = "") -> Answer:
        return Answer(status_code, error, text, round((time.monotonic() - began) * 1000))

    try:
        async with asyncio.timeout(total_seconds):
            return after(*await _answer(client, call, total_seconds))
    except _Refused as refusal:
        return after(None, str(refusal))
    except (TimeoutError, httpx.TimeoutException):
        return after(None, "timeout")
    except httpx.ConnectError as error:
        return after(None, "tls" if isinstance(_root(error), ssl.SSLError) else "connection")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
        return after(None, "connection")


async def _answer(client: httpx.AsyncClient, call: Call, total_seconds: float) -> tuple[int, str, str]:
    url = httpx.URL(call.url)
    ip = await _address(url, may_call_loopback=call.may_call_loopback)
    request = client.build_request(
        "POST",
        # The very address that was looked at, so that a name cannot lead elsewhere a moment later.
        url.copy_with(host=ip),
        content=call.body.encode(),
        headers={
            "host": url.netloc.decode("ascii"),
            "user-agent": USER_AGENT,
            "content-type": "application/json; charset=utf-8",
            "accept-encoding": "identity",
            **call.headers,
        },
        timeout=httpx.Timeout(total_seconds, connect=min(CONNECT_SECONDS, total_seconds)),
        extensions={"sni_hostname": url.host},
    )
    response = await client.send(request, stream=True)
    try:
        return response.status_code, "", await _beginning(response)
    finally:
        await response.aclose()


async def _beginning(response: httpx.Response) -> str:
    """The first bytes of the answer. A status counts even when the rest of the answer breaks off."""
    read = b""
    try:
        async for part in response.aiter_raw():
            read += part
            if len(read) >= MOST_ANSWER_BYTES:
                break
    except httpx.HTTPError:
        pass
    # A text column takes no NUL.
    return read[:MOST_ANSWER_BYTES].decode("utf-8", "replace").replace("\x00", "\ufffd")


async def _address(url: httpx.URL, *, may_call_loopback: bool) -> str:
    """The IP address to call: every one that the name leads to must be allowed."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(url.host, url.port or 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _Refused("name") from None
    ips = [str(entry[4][0]) for entry in found]
    if not ips or not all(addresses.may_call(ip, is_sandbox=may_call_loopback) for ip in ips):
        raise _Refused("private_address")
    # IPv4 first: a host without IPv6 would fail on the other.
    return min(ips, key=lambda ip: ":" in ip)


def _root(error: BaseException) -> BaseException:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
