"""A secret that one host asks for, and the ways to say it: never to another host, never in a log.

It belongs to an origin (scheme, name, port) and is applied to requests to that origin alone, on
whatever way of redirects they come. Every text about such a request goes through `hide`.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import quote, quote_plus

import ada_url

from sparfuchs.kernel.errors import UsageError
from sparfuchs.plumbing.addresses import HIDDEN, Target, parse_target
from sparfuchs.plumbing.fetched import Refused

PLACE: Final = "{credential}"
_SHORTEST: Final = 4  # a shorter one could not be told from ordinary text in a log
_LONGEST: Final = 4096
_NOT_OURS_TO_SET: Final = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent"}
)
_TOKEN: Final = frozenset(
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)


class CredentialKind(StrEnum):
    BASIC = "basic"  # user:password
    BEARER = "bearer"  # a token in Authorization
    HEADER = "header"  # a header of the given name
    QUERY = "query"  # a parameter of the given name in the address
    ADDRESS = "address"  # stands in the address in the place of `{credential}`


_NAMED: Final = frozenset({CredentialKind.HEADER, CredentialKind.QUERY})


@dataclass(frozen=True, slots=True)
class Credential:
    """`name` of the header or parameter, empty for the other kinds. `origin` as of `Target`."""

    kind: CredentialKind
    value: str = field(repr=False)
    origin: str
    name: str = ""

    @classmethod
    def checked(cls, kind: CredentialKind, name: str, value: str, origin: str) -> "Credential":
        """Raises UsageError for what could not be sent. The value is in no message."""
        if (kind in _NAMED) != bool(name):
            wanted = "needs the name" if kind in _NAMED else "has no name"
            raise UsageError(f"A credential of the kind {kind} {wanted} of a header or parameter")
        if kind is CredentialKind.HEADER and (
            not set(name) <= _TOKEN or name.lower() in _NOT_OURS_TO_SET
        ):
            raise UsageError(f"{name!r} is no header that a credential can be sent in", name=name)
        if not _SHORTEST <= len(value) <= _LONGEST:
            raise UsageError(f"A credential has {_SHORTEST} to {_LONGEST} characters")
        if not value.isprintable() or not value.isascii() or value != value.strip():
            raise UsageError(
                "A credential consists of printable ASCII characters without spaces around it"
            )
        if kind is CredentialKind.BASIC and ":" not in value:
            raise UsageError("A credential of the kind basic is user:password")
        return cls(kind, value, origin, name)

    def headers(self) -> Mapping[str, str]:
        match self.kind:
            case CredentialKind.BASIC:
                return {"Authorization": f"Basic {self._packed}"}
            case CredentialKind.BEARER:
                return {"Authorization": f"Bearer {self.value}"}
            case CredentialKind.HEADER:
                return {self.name: self.value}
            case CredentialKind.QUERY | CredentialKind.ADDRESS:
                return {}

    def address(self, url: str) -> str:
        """The address with the secret in it, where that is the way to say it."""
        match self.kind:
            case CredentialKind.ADDRESS:
                return url.replace(PLACE, quote(self.value, safe=""))
            case CredentialKind.QUERY if ada_url.check_url(url):
                parsed = ada_url.URL(url)
                asked = ada_url.URLSearchParams(str(parsed.search))
                asked.set(self.name, self.value)
                parsed.search = str(asked)
                return str(parsed.href)
            case _:
                return url

    def hide(self, text: str) -> str:
        """A text without the secret, however it is written in it."""
        asked = ada_url.URLSearchParams("")
        asked.set("x", self.value)
        forms = {self.value, quote(self.value), quote(self.value, safe=""), str(asked)[2:]}
        forms.add(quote_plus(self.value))
        if self.kind is CredentialKind.BASIC:
            forms.add(self._packed)
            password = self.value.partition(":")[2]
            forms |= {password} if len(password) >= _SHORTEST else set()
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, HIDDEN)
        return text

    def belongs_to(self, target: Target) -> bool:
        return target.origin == self.origin

    @property
    def _packed(self) -> str:
        return base64.b64encode(self.value.encode()).decode()


def origin_of(url: str, private: frozenset[str] = frozenset()) -> str:
    """The origin that a credential for this address belongs to. Raises UsageError.

    Secrets travel encrypted, except to the exact private addresses that are allowed for
    development.
    """
    target = parse_target(url.replace(PLACE, "x"), private=private)
    if isinstance(target, Refused):
        raise UsageError("Only an address that may be fetched can have a credential")
    if target.scheme != "https" and f"{target.host}:{target.port}" not in private:
        raise UsageError("A credential is sent over https alone; give the source such an address")
    return target.origin
