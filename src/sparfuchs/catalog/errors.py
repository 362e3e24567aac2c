"""What the catalogue refuses, with the names that were asked for."""

from sparfuchs.kernel.errors import NotFound


def no_source(name: str) -> NotFound:
    return NotFound(
        f"There is no source {name!r}; `sparfuchs source list` shows those there are", source=name
    )


def no_run(name: str) -> NotFound:
    return NotFound(
        f"There is no run {name!r}; `sparfuchs run list` shows those there are", run=name
    )


def no_offer(name: str) -> NotFound:
    return NotFound(f"There is no offer {name!r}", offer=name)


def no_picture(name: str) -> NotFound:
    return NotFound(f"There is no picture of the offer {name!r}, or none yet", offer=name)
