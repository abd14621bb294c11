"""`perene up`: web server and worker, and the embedded database, as one thing that starts and stops together."""

import http.client
import os
import signal
import socket
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.utils.translation import gettext as _

from perene.interfaces.cli.processes import Process, ours
from perene.kit import fitness, metrics
from perene.kit.embedded_postgres import EmbeddedPostgresError, Server

LOOK_SECONDS = 0.2
START_SECONDS = 60.0
# A worker lets go within a step, which is a chunk of a billing run at most; killing it loses nothing.
WORKER_STOP_SECONDS = 20.0
WEB_STOP_SECONDS = 10.0
# One that dies sooner than this after its start is not started again at once.
SHORT_LIFE_SECONDS = 5.0
SHORT_LIVES = 3

WEB_WORKERS = 2
WEB_THREADS = 4

# To listen on all addresses is to answer on this one too.
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class Asked:
    """Whether we were asked to stop. A plain flag: a signal handler must take no lock."""

    is_set = False

    def listen(self) -> None:
        """From now on Ctrl-C and SIGTERM ask; a second one interrupts."""

        def ask(signum: int, frame: FrameType | None) -> None:
            if self.is_set:
                raise KeyboardInterrupt
            self.is_set = True

        signal.signal(signal.SIGINT, ask)
        signal.signal(signal.SIGTERM, ask)


def up(arguments: Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM; then worker, web server and database stop, in this order."""
    return serve(arguments.server, host=arguments.host, port=arguments.port, ready=_say_address)


def serve(server: Server | None, *, host: str, port: int, ready: Callable[[str], None]) -> int:
    """Start web server and worker, call `ready` with the address, and watch over them. `server` is the embedded database
    (stopped by whoever gave it). Returns the exit status: 0 after a signal, 1 when something could not go on. Raises
    fitness.Unfit when the port is taken."""
    _check_port(host, port)
    fitness.check_writable(Path(settings.STATIC_ROOT), variable="PERENE_DATA")
    _measure_together()
    asked = Asked()
    asked.listen()
    web = Process("web", _gunicorn(host, port))
    worker = Process("worker", ours("worker"))
    try:
        web.start()
        worker.start()
        if not _answers(host, port, web, asked):
            return 0 if asked.is_set else _complain(_("The web server did not start."))
        ready(_address(host, port))
        return _watch(server, web, worker, asked)
    finally:
        worker.stop(patience_seconds=WORKER_STOP_SECONDS)
        web.stop(patience_seconds=WEB_STOP_SECONDS)


def _watch(server: Server | None, web: Process, worker: Process, asked: Asked) -> int:
    """Until a signal (0) or something that cannot go on (1). A worker that dies is replaced, a database too."""
    short_lives = 0
    while not asked.is_set:
        time.sleep(LOOK_SECONDS)
        if server is not None and not server.is_running:
            _complain(_("The database stopped: it is started again."))
            try:
                server.attach_or_start()
            except EmbeddedPostgresError as error:
                return _complain(str(error))
        if not web.is_running:
            return _complain(_("The web server stopped ({status}).").format(status=web.status))
        if not worker.is_running:
            short_lives = short_lives + 1 if worker.lived_seconds < SHORT_LIFE_SECONDS else 0
            if short_lives == SHORT_LIVES:
                return _complain(
                    _("The worker stops again and again ({status}).").format(status=worker.status)
                )
            _complain(_("The worker stopped ({status}): it is started again.").format(status=worker.status))
            worker.start()
    return 0


def _address(host: str, port: int) -> str:
    name = "localhost" if host in ("127.0.0.1", "::1", *EVERYWHERE) else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/"


def _measure_together() -> None:
    """Web processes and worker count into one folder, which is new with each start."""
    folder = Path(os.environ.get(metrics.FOLDER) or Path(settings.STATIC_ROOT).parent / "metrics")
    fitness.check_writable(folder, variable=metrics.FOLDER)
    for left in folder.glob("*.db"):
        left.unlink()
    os.environ[metrics.FOLDER] = str(folder)


def _gunicorn(host: str, port: int) -> list[str]:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        *(sys.executable, "-m", "gunicorn", "perene.config.wsgi:application", "--bind", bind),
        *("--worker-class", "gthread", "--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS)),
        *("--config", "python:perene.config.gunicorn", "--log-level", "warning"),
        *("--graceful-timeout", "5", "--no-control-socket"),
    ]


def _check_port(host: str, port: int) -> None:
    try:
        family, kind, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        raise fitness.Unfit(
            f"Port {port} of {host} cannot be used ({error.strerror}): choose another with --port or --host."
        ) from None


def _answers(host: str, port: int, web: Process, asked: Asked) -> bool:
    """Wait until a page comes, whatever it says: the port alone opens before the program behind it has started."""
    deadline = time.monotonic() + START_SECONDS
    while web.is_running and not asked.is_set and time.monotonic() < deadline:
        trial = http.client.HTTPConnection(EVERYWHERE.get(host, host), port, timeout=10)
        try:
            trial.request("GET", "/", headers={"Host": "localhost"})
            trial.getresponse()
            return True
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        finally:
            trial.close()
    return False


def _say_address(address: str) -> None:
    print(_("Perene answers at {address} (Ctrl-C stops it).").format(address=address), flush=True)


def _complain(sentence: str) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return 1
