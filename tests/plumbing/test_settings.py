import os
from pathlib import Path

import pytest
from pydantic import BaseModel

from sparfuchs.kernel.errors import UsageError
from sparfuchs.plumbing.settings import Settings


def test_a_section_is_set_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARFUCHS_DATABASE__POOL_SIZE", "9")
    monkeypatch.setenv("SPARFUCHS_LOG__AS_JSON", "true")
    settings = Settings.load()
    assert settings.database.pool_size == 9
    assert settings.log.as_json


def test_the_name_every_hoster_uses_gives_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://hoster/db")
    monkeypatch.setenv("SPARFUCHS_DATABASE__POOL_SIZE", "3")
    assert Settings.load().database.url == "postgresql://hoster/db"
    assert Settings.load().database.pool_size == 3
    monkeypatch.setenv("SPARFUCHS_DATABASE__URL", "postgresql://ours/db")
    assert Settings.load().database.url == "postgresql://ours/db"


def test_a_folder_given_counts_more_than_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPARFUCHS_DATA_DIR", str(tmp_path / "environment"))
    assert Settings.load().data_dir == tmp_path / "environment"
    assert Settings.load(tmp_path / "given").data_dir == tmp_path / "given"
    monkeypatch.chdir(tmp_path)
    assert Settings.load(Path("here")).data_dir == tmp_path / "here"


def test_without_a_word_root_keeps_its_data_where_another_account_can_go() -> None:
    default = Settings.load().data_dir
    assert default.name == "sparfuchs"
    assert (default.parent == Path("/var/lib")) == (os.geteuid() == 0)


def test_private_addresses_are_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARFUCHS_FETCH__ALLOW_PRIVATE", '["127.0.0.1:8080", "[::1]:80"]')
    assert Settings.load().fetch.allow_private == {"127.0.0.1:8080", "[::1]:80"}
    monkeypatch.setenv("SPARFUCHS_ENVIRONMENT", "production")
    with pytest.raises(UsageError, match="refused in production"):
        Settings.load()


@pytest.mark.parametrize("pair", ["localhost:80", "127.0.0.1", "127.0.0.1:0", "10.0.0.0/8:80"])
def test_only_an_exact_address_and_port_may_be_allowed(
    monkeypatch: pytest.MonkeyPatch, pair: str
) -> None:
    monkeypatch.setenv("SPARFUCHS_FETCH__ALLOW_PRIVATE", f'["{pair}"]')
    with pytest.raises(UsageError, match="allow_private"):
        Settings.load()


def test_the_delay_between_requests_can_only_be_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARFUCHS_FETCH__MIN_DELAY", "0.5")
    with pytest.raises(UsageError, match="min_delay"):
        Settings.load()


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARFUCHS_DATABASE__POOL_SIZE", "none")
    monkeypatch.setenv("SPARFUCHS_LOG__LEVEL", "loud")
    with pytest.raises(UsageError) as wrong:
        Settings.load()
    assert "database.pool_size" in wrong.value.message
    assert "log.level" in wrong.value.message


def test_a_password_in_the_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@host/db")
    assert "hunter2" not in repr(Settings.load())


def test_every_field_has_a_sentence_that_explains_it() -> None:
    def fields(model: type[BaseModel], path: str) -> list[str]:
        silent = []
        for name, field in model.model_fields.items():
            if not (field.description or "").endswith("."):
                silent.append(path + name)
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                silent += fields(field.annotation, f"{path}{name}.")
        return silent

    assert fields(Settings, "") == []
