"""Whether there is a site to start, and what it and the API behind it are told."""

import json
import socket
from pathlib import Path

import pytest

from sparfuchs.entrypoints.site import (
    NoSite,
    Site,
    behind_the_site,
    find_site,
    port_behind,
    site_role,
)
from sparfuchs.plumbing.settings import HttpSettings, Settings, WebSettings


def settings(**web: object) -> Settings:
    return Settings(web=WebSettings.model_validate(web))


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "serve.mjs").write_text("")
    return tmp_path


def program(folder: Path) -> Path:
    node = folder / "node"
    node.write_text("#!/bin/sh\n")
    node.chmod(0o755)
    return node


def test_a_site_that_is_not_built_is_said_with_what_to_do(tmp_path: Path) -> None:
    found = find_site(settings(folder=tmp_path))
    assert isinstance(found, NoSite)
    assert "make site" in found.reason


def test_a_node_that_cannot_be_run_is_said(built: Path) -> None:
    found = find_site(settings(folder=built, node=built / "nowhere"))
    assert isinstance(found, NoSite)
    assert "web.node" in found.reason


def test_the_site_is_told_its_api_and_its_operator(built: Path) -> None:
    told = settings(folder=built, node=program(built), operator_name="Ada Beispiel")
    found = find_site(told)
    assert isinstance(found, Site)
    role = site_role(told, found, port=4000, api_port=4001)
    assert role.command[0] == str(built / "node")
    assert role.environment["PORT"] == "4000"
    assert role.environment["SPARFUCHS_API"] == "http://127.0.0.1:4001"
    assert role.environment["SPARFUCHS_OPERATOR_NAME"] == "Ada Beispiel"


def test_the_api_believes_the_site_and_whom_it_believed_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Settings(http=HttpSettings(trusted_proxies=frozenset({"10.0.0.1"})))
    for name, value in behind_the_site(before).items():
        monkeypatch.setenv(name, value)
    assert Settings().http.trusted_proxies == {"10.0.0.1", "127.0.0.1"}
    assert json.loads(behind_the_site(before)["SPARFUCHS_HTTP__TRUSTED_PROXIES"])


def test_the_api_gets_a_free_port_beside_the_site() -> None:
    with socket.create_server(("127.0.0.1", 0)) as site:
        port = site.getsockname()[1]
        assert port != port_behind(port)
        with socket.create_server(("127.0.0.1", port_behind(port))) as taken:
            assert port_behind(port) not in {port, taken.getsockname()[1]}
