"""A folder in which a test writes its feeds."""

from pathlib import Path

import pytest

from ingest.feeds import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)
