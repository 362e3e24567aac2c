"""The tree of errors. What we expect (a bad row) is a value with a reason, never one of these.

SparfuchsError                 carries facts, an HTTP status and an exit code of the command line
├── UsageError                 the caller asked for something that cannot be meant (exit 2, 400)
├── NotFound                   what was named does not exist (exit 2, 404)
├── Conflict                   somebody else holds or has changed the thing (exit 1, 409)
├── FeedUnreadable             a document as a whole cannot be read (exit 1, 422)
├── FetchRefused               our own rules forbid this fetch (exit 1, 422)
├── FetchFailed                the other side did not deliver (exit 1, 502)
└── StoreUnavailable           database or files cannot be used (exit 1, 503)
"""

from datetime import datetime
from typing import ClassVar


class SparfuchsError(Exception):
    """Base of all errors that we raise ourselves.

    `message` is one sentence a person can act on; `facts` are the things it is about.
    """

    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class UsageError(SparfuchsError):
    status = 400
    exit_code = 2


class NotFound(SparfuchsError):
    status = 404
    exit_code = 2


class Conflict(SparfuchsError):
    status = 409


class FeedUnreadable(SparfuchsError):
    status = 422


class FetchRefused(SparfuchsError):
    status = 422


class FetchFailed(SparfuchsError):
    """`clear_no`: the shop refused us. `retry_at`: it wants to be asked no earlier. `unasked`:
    nobody was asked, because the host rests or we are about to end.

    These are for our own schedule, never for whoever asked for the address.
    """

    status = 502
    clear_no = False
    unasked = False
    retry_at: datetime | None = None


class StoreUnavailable(SparfuchsError):
    status = 503
