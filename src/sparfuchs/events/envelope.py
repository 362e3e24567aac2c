"""The envelope in which every event travels: the same for the log on PostgreSQL and on Kafka."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sparfuchs.kernel.clock import aware_utc

# Plain JSON. Whole numbers up to 2**63, aware times as ISO text, no bytes.
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, told to whoever wants to know.

    `topic` is the stream with an order of its own, `key` what the order is kept for (a source, a
    person), `type` the name of what happened, `payload` plain JSON.
    """

    topic: str
    key: str
    type: str
    occurred_at: datetime
    payload: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "occurred_at", aware_utc(self.occurred_at))

    def expect(self, type_: str) -> Mapping[str, Json]:
        """The payload, when the event is of this type. Raises ValueError for another."""
        if self.type != type_:
            raise ValueError(f"An event {self.type} was read as {type_}")
        return self.payload


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event with its place in its topic; places are dense and begin at 1."""

    position: int
    event: Event


def whole_of(facts: Mapping[str, Json], name: str) -> int:
    """A whole number of a payload. Raises ValueError when it is absent or something else."""
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} is {value!r} and not a whole number")  # noqa: TRY004 - data, no call
    return value


def text_of(facts: Mapping[str, Json], name: str) -> str:
    """A text of a payload. Raises ValueError when it is absent or something else."""
    value = facts.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is {value!r} and not a text")  # noqa: TRY004 - data, no call
    return value


def wholes_of(facts: Mapping[str, Json], name: str) -> tuple[int, ...]:
    """A list of whole numbers of a payload. Raises ValueError for anything else."""
    values = facts.get(name)
    if not isinstance(values, list):
        raise ValueError(f"{name} is {values!r} and not a list")  # noqa: TRY004 - data, no call
    return tuple(whole_of({name: value}, name) for value in values)
