"""What search refuses."""

from sparfuchs.kernel.errors import StoreUnavailable, UsageError


def no_index() -> StoreUnavailable:
    return StoreUnavailable(
        "There is no search index yet; `sparfuchs index rebuild` makes it, and so does a worker"
    )


def bad_cursor(cursor: str) -> UsageError:
    return UsageError(
        "The cursor does not belong to this query; begin again without it", cursor=cursor
    )
