"""The front door of accounts."""

from sparfuchs.accounts.errors import Forbidden, Unauthorised
from sparfuchs.accounts.keys import MARK, issue, recognise, revoke
from sparfuchs.accounts.model import ApiKey, Issued, Scope
from sparfuchs.accounts.store import all_keys

__all__ = [
    "MARK",
    "ApiKey",
    "Forbidden",
    "Issued",
    "Scope",
    "Unauthorised",
    "all_keys",
    "issue",
    "recognise",
    "revoke",
]
