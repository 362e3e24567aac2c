"""An installation and a shop for each test of a flow."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.market import Shop, installed
from sparfuchs.flows.installation import Installation
from sparfuchs.plumbing.settings import Settings


@pytest.fixture
def here(settings: Settings) -> Iterator[Installation]:
    with installed(settings) as here:
        yield here


@pytest.fixture
def shop(here: Installation, tmp_path: Path) -> Shop:
    return Shop(here, tmp_path / "feed.tsv")
