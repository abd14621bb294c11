"""A receiver of webhooks as an integrator writes one: a real HTTP server on loopback that keeps what it got. What it answers
is set by the path it is called at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """The message, when the signature is right; else standardwebhooks raises."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """/ answers 200, /500 and other numbers that status, /redirect leads to /elsewhere, /hang says nothing, /drip never ends
    its answer, /long answers much."""

    port: int
    got: list[Got] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    # Set before a request is answered, on the server's thread.
    before_answer: Callable[[], None] | None = None
    over: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def listening() -> Iterator[Receiver]:
    """A receiver on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told = {name.lower(): value for name, value in self.headers.items()}
            receiver.got.append(Got(self.path, told, body))
            if receiver.before_answer is not None:
                receiver.before_answer()
            self.answer()

        def do_GET(self) -> None:
            receiver.got.append(Got(self.path, {}, b""))
            self.answer()

        def answer(self) -> None:
            what = self.path.strip("/")
            try:
                if what == "hang":
                    receiver.over.wait(60)
                elif what == "drip":
                    self.send_response(200)
                    self.end_headers()
                    while not receiver.over.wait(0.05):
                        self.wfile.write(b".")
                        self.wfile.flush()
                elif what == "redirect":
                    self.send_response(302)
                    self.send_header("location", receiver.url("/elsewhere"))
                    self.send_header("content-length", "0")
                    self.end_headers()
                else:
                    status = (
                        receiver.statuses.pop(0)
                        if receiver.statuses
                        else int(what)
                        if what.isdigit()
                        else 200
                    )
                    text = b"x" * 100_000 if what == "long" else b"thanks \x00 a lot"
                    self.send_response(status)
                    self.send_header("content-length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
            except OSError:  # the caller had enough
                self.close_connection = True

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    receiver = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
