"""What a flow works with: the ports of one installation, picked by the entry points."""

from dataclasses import dataclass
from pathlib import Path

from sparfuchs.plumbing.db import Database
from sparfuchs.plumbing.files import Files
from sparfuchs.plumbing.http import Fetcher
from sparfuchs.plumbing.log import EventLog
from sparfuchs.plumbing.settings import Settings
from sparfuchs.plumbing.vault import Vault
from sparfuchs.search.api import SearchEngine, Suggestions


@dataclass(frozen=True)
class Installation:
    """`scratch` is a folder for what lives no longer than one run, on the disk of the files."""

    settings: Settings
    database: Database
    log: EventLog
    files: Files
    fetcher: Fetcher
    engine: SearchEngine
    suggestions: Suggestions
    scratch: Path
    vault: Vault
