"""What is refused at the door."""

from sparfuchs.kernel.errors import NotFound, SparfuchsError


class Unauthorised(SparfuchsError):
    """Nobody, or a key that is none (any more)."""

    status = 401


class Forbidden(SparfuchsError):
    """A key that does not allow this."""

    status = 403


def no_key(name: str) -> NotFound:
    return NotFound(f"There is no key {name!r} in force", key=name)
