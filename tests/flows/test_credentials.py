"""What sources need to be let in: sealed in the database, said to their host, shown to nobody."""

import stat
from pathlib import Path

import pytest

from flows.market import NOW, installed
from plumbing.loopback import Answer, Asked, Loopback, serving
from sparfuchs import migrations
from sparfuchs.catalog import api as catalog
from sparfuchs.flows.backup import back_up, bring_back, verify
from sparfuchs.flows.credentials import (
    credential_of,
    rotate_key,
    set_credential,
    take_credential,
)
from sparfuchs.flows.facts import health, source_facts
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.flows.sources import add_source, find_source
from sparfuchs.flows.sweep import LOCK_SPACE
from sparfuchs.kernel.errors import Conflict, FetchFailed, FetchRefused, UsageError
from sparfuchs.plumbing.credential import CredentialKind
from sparfuchs.plumbing.settings import DatabaseSettings, FetchSettings, Settings

SECRET = "sehr-geheim-4711"
BEARER = CredentialKind.BEARER
FEED = b"id\ttitle\tlink\tprice\n1\tEins\thttps://shop.example/1\t9.99 EUR\n"


def doorkeeper(asked: Asked) -> Answer:
    let_in = asked.headers.get("authorization") == f"Bearer {SECRET}"
    return Answer(FEED) if let_in else Answer(status=401)


@pytest.fixture
def shop() -> object:
    with serving({"/feed.tsv": doorkeeper}) as shop:
        yield shop


@pytest.fixture
def here(settings: Settings, shop: Loopback) -> object:
    fetch = FetchSettings(allow_private=frozenset({shop.pair}))
    with installed(settings.model_copy(update={"fetch": fetch})) as here:
        yield here


@pytest.fixture
def source(here: Installation, shop: Loopback) -> catalog.Source:
    return add_source(here, "Laden", "feed", shop.url("/feed.tsv"), {}, now=NOW)


def fresh(here: Installation, source: catalog.Source) -> catalog.Source:
    return find_source(here, source.path)


def key_file(here: Installation) -> Path:
    return here.settings.data_dir / "keys" / "credentials.key"


def test_a_feed_behind_a_door_is_read_with_its_credential_and_not_without(
    here: Installation, source: catalog.Source
) -> None:
    with pytest.raises(FetchFailed):
        read_and_judge(here, source, at=NOW, now=NOW)
    set_credential(here, fresh(here, source), BEARER, SECRET)
    later = NOW.replace(hour=1)
    report = read_and_judge(here, fresh(here, source), at=later, now=later)
    assert report.run.counts.accepted == 1
    take_credential(here, fresh(here, source))
    latest = NOW.replace(hour=2)
    with pytest.raises(FetchFailed):
        read_and_judge(here, fresh(here, source), at=latest, now=latest)


def test_it_is_nowhere_in_the_database_the_facts_or_the_source_as_text(
    here: Installation, source: catalog.Source
) -> None:
    set_credential(here, source, BEARER, SECRET)
    kept = fresh(here, source)
    assert source_facts(kept)["credential"] == "bearer"
    with here.database.reading() as work:
        rows = [str(row) for row in work.execute("SELECT sources::text FROM sources")]
    for text in (repr(kept), repr(source_facts(kept)), *rows):
        assert SECRET not in text
        assert SECRET.encode().hex() not in text
    assert stat.S_IMODE(key_file(here).stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file(here).parent.stat().st_mode) == 0o700


def test_a_new_key_seals_all_anew_and_the_old_one_opens_nothing(
    here: Installation, source: catalog.Source
) -> None:
    set_credential(here, source, BEARER, SECRET)
    old_key, old_row = key_file(here).read_bytes(), fresh(here, source).credential
    assert rotate_key(here) == 1
    assert key_file(here).read_bytes() != old_key
    assert len(key_file(here).read_bytes().split()) == 1
    kept = fresh(here, source)
    assert kept.credential != old_row
    opened = credential_of(here, kept)
    assert opened is not None
    assert opened.value == SECRET
    key_file(here).write_bytes(old_key)
    with pytest.raises(FetchRefused):
        credential_of(here, kept)


def test_no_new_key_while_a_backup_is_taken(here: Installation, source: catalog.Source) -> None:
    set_credential(here, source, BEARER, SECRET)
    before = key_file(here).read_bytes()
    with here.database.hold_lock(LOCK_SPACE, 0), pytest.raises(Conflict, match="backup"):
        rotate_key(here)
    assert key_file(here).read_bytes() == before


def test_a_lost_key_file_is_said_in_the_run_and_in_the_health_line(
    here: Installation, source: catalog.Source
) -> None:
    set_credential(here, source, BEARER, SECRET)
    key_file(here).unlink()
    with pytest.raises(FetchRefused) as refused:
        read_and_judge(here, fresh(here, source), at=NOW, now=NOW)
    assert "key" not in refused.value.message
    assert "credentials.key cannot be read" in health(fresh(here, source))


def test_a_source_that_moves_to_another_host_does_not_take_its_credential_along(
    here: Installation, source: catalog.Source
) -> None:
    set_credential(here, source, BEARER, SECRET)
    with serving({"/feed.tsv": Answer(FEED)}) as other:
        add_source(here, "Laden", "feed", other.url("/feed.tsv"), {}, now=NOW)
        with pytest.raises(FetchRefused):
            read_and_judge(here, fresh(here, source), at=NOW, now=NOW)
        assert other.asked == []
    assert "set it again" in health(fresh(here, source))


def test_a_credential_of_one_row_opens_nothing_in_another(
    here: Installation, source: catalog.Source, shop: Loopback
) -> None:
    set_credential(here, source, BEARER, SECRET)
    other = add_source(here, "Nachbar", "feed", shop.url("/feed.tsv"), {}, now=NOW)
    with here.database.unit_of_work() as work:
        work.execute("UPDATE sources SET credential = (SELECT max(credential) FROM sources)")
    with pytest.raises(FetchRefused) as refused:
        credential_of(here, fresh(here, other))
    assert "another source" in str(refused.value.__notes__)


def test_the_place_in_the_address_and_the_kind_belong_together(
    here: Installation, source: catalog.Source, shop: Loopback
) -> None:
    with pytest.raises(UsageError, match="takes the place"):
        set_credential(here, source, CredentialKind.ADDRESS, SECRET)
    at = shop.url("/apikey/{credential}/feed.tsv")
    keyed = add_source(here, "Netz", "feed", at, {}, now=NOW)
    with pytest.raises(UsageError, match="takes the place"):
        set_credential(here, keyed, BEARER, SECRET)
    set_credential(here, keyed, CredentialKind.ADDRESS, SECRET)
    shop.routes[f"/apikey/{SECRET}/feed.tsv"] = Answer(FEED)
    report = read_and_judge(here, fresh(here, keyed), at=NOW, now=NOW)
    assert report.run.counts.accepted == 1
    with here.database.reading() as work:
        rows = [str(row) for row in work.execute("SELECT feed_runs::text FROM feed_runs")]
        rows += [str(row) for row in work.execute("SELECT sources::text FROM sources")]
    assert not any(SECRET in row for row in rows)


def test_a_backup_brings_back_what_opens_its_credentials(
    here: Installation, source: catalog.Source, empty_dsn: str, tmp_path: Path
) -> None:
    set_credential(here, source, BEARER, SECRET)
    folder = tmp_path / "backup"
    back_up(here, folder, str(migrations.newest()), now=NOW)
    assert not any(
        SECRET.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file()
    )
    migrations.upgrade(empty_dsn, verify(folder).revision)
    elsewhere = here.settings.model_copy(
        update={"data_dir": tmp_path / "there", "database": DatabaseSettings(url=empty_dsn)}
    )
    with installed(elsewhere) as there:
        bring_back(there.database, there.files, tmp_path / "there", folder, verify(folder))
        opened = credential_of(there, fresh(there, source))
        assert opened is not None
        assert opened.value == SECRET
        assert stat.S_IMODE(key_file(there).stat().st_mode) == 0o600
