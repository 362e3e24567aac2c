"""Stories about what sources need to be let in: set, take away, use, seal anew."""

import json
from typing import Final

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.sweep import LOCK_SPACE
from sparfuchs.kernel.errors import Conflict, FetchRefused, StoreUnavailable, UsageError
from sparfuchs.plumbing.addresses import parse_target
from sparfuchs.plumbing.credential import PLACE, Credential, CredentialKind, origin_of
from sparfuchs.plumbing.fetched import PUBLIC_TEXT, Refused

_PLACE_ADVICE: Final = (
    f"A credential of the kind address takes the place of {PLACE} in the source's address"
)


def set_credential(
    here: Installation,
    source: catalog.Source,
    kind: CredentialKind,
    value: str,
    *,
    name: str = "",
) -> None:
    """Keeps what the source's host asks for, sealed; an earlier one is replaced.

    Raises UsageError for what cannot be sent, and when the source's address does not allow it.
    """
    private = here.settings.fetch.allow_private
    given = Credential.checked(kind, name, value, origin_of(source.location, private))
    if (kind is CredentialKind.ADDRESS) != (PLACE in source.location):
        raise UsageError(_PLACE_ADVICE, source=source.path)
    # The source's number is sealed in: a row's credential put into another row opens nothing.
    clear = json.dumps([source.id, given.kind, given.name, given.value, given.origin])
    sealed = here.vault.seal(clear.encode())
    with here.database.unit_of_work() as work:
        catalog.keep_credential(work, source, sealed, given.kind.value)


def take_credential(here: Installation, source: catalog.Source) -> None:
    """The source is asked without any from now on."""
    with here.database.unit_of_work() as work:
        catalog.keep_credential(work, source, None, None)


def credential_of(here: Installation, source: catalog.Source) -> Credential | None:
    """What to say to the source's host, None when it asks for nothing.

    Raises FetchRefused, with the reason in its notes, when it cannot be opened or was given for
    another host than the source's present one.
    """
    if source.credential is None:
        return None
    try:
        return _opened(here, source, source.credential)
    except (StoreUnavailable, UsageError) as error:
        refused = FetchRefused(PUBLIC_TEXT, source=source.path)
        refused.add_note(error.message)
        raise refused from error


def _opened(here: Installation, source: catalog.Source, sealed: bytes) -> Credential:
    number, kind, name, value, origin = json.loads(here.vault.open(sealed))
    if number != source.id:
        raise StoreUnavailable("The credential was sealed for another source; set it again")
    target = parse_target(
        source.location.replace(PLACE, "x"), private=here.settings.fetch.allow_private
    )
    if isinstance(target, Refused) or target.origin != origin:
        raise UsageError(
            f"The credential was given for {origin}; set it again for the present address"
        )
    return Credential(CredentialKind(kind), value, origin, name)


def rotate_key(here: Installation) -> int:
    """Seals every credential with a new key and forgets the old ones; gives how many there are.

    Raises Conflict while a backup is being taken: its rows and its keys belong together.
    """
    with here.database.hold_lock(LOCK_SPACE, 0) as held:
        if not held:
            raise Conflict("A backup or a sweep is under way; try again when it is done")
        here.vault.add_key()
        with here.database.unit_of_work() as work:
            sealed = catalog.sealed_credentials(work)
            catalog.reseal(
                work, {one: here.vault.seal(here.vault.open(it)) for one, it in sealed.items()}
            )
        here.vault.forget_old_keys()
    return len(sealed)
