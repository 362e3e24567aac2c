"""`sparfuchs api` and `sparfuchs key`: the HTTP API, and the keys for what not everybody may do."""

from typing import Annotated

import typer

from sparfuchs.accounts import api as accounts
from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    out,
    print_json,
    reporting,
    said,
    table,
    when,
)
from sparfuchs.entrypoints.http.app import make_app
from sparfuchs.entrypoints.http.serve import serve
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.kernel.clock import system_clock

key_app = typer.Typer(help="Keys for the HTTP API.", no_args_is_help=True, rich_markup_mode=None)


def api(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    data_dir: DataDir = None,
) -> None:
    """Serves the HTTP API until it is told to stop."""
    with reporting(as_json=False), installation(data_dir) as here:
        serve(make_app(here), host=host, port=port)


@key_app.command("create")
def create(
    name: Annotated[str, typer.Option(help="Who or what it is for.")],
    scope: Annotated[list[accounts.Scope], typer.Option(help="What it allows; may be repeated.")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """A new key. Its secret is told this once and never again."""
    with (
        reporting(as_json=as_json),
        installation(data_dir) as here,
        here.database.unit_of_work() as work,
    ):
        issued = accounts.issue(work, name, frozenset(scope), at=system_clock())
    scopes = sorted(one.value for one in issued.key.scopes)
    if as_json:
        print_json(
            {"name": name, "prefix": issued.key.prefix, "scopes": scopes, "secret": issued.secret}
        )
        return
    out.print(f"[bold]{issued.secret}[/]", soft_wrap=True)
    out.print(f"for {said(name)}: {', '.join(scopes)}. It is not shown again.")


@key_app.command("list")
def list_keys(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Keys by their beginnings, what they allow, and when they were last used."""
    with (
        reporting(as_json=as_json),
        installation(data_dir) as here,
        here.database.reading() as work,
    ):
        known = accounts.all_keys(work)
    if as_json:
        print_json(
            {
                "keys": [
                    {
                        "name": key.name,
                        "prefix": key.prefix,
                        "scopes": sorted(scope.value for scope in key.scopes),
                        "created_at": key.created_at,
                        "used_at": key.used_at,
                        "revoked_at": key.revoked_at,
                    }
                    for key in known
                ]
            }
        )
        return
    rows = table("key", "name", "scopes", "last used", "state")
    for key in known:
        rows.add_row(
            key.prefix + "…",
            said(key.name),
            ", ".join(sorted(scope.value for scope in key.scopes)),
            when(key.used_at),
            "in force" if key.revoked_at is None else f"revoked {when(key.revoked_at)}",
        )
    out.print(rows)


@key_app.command("revoke")
def revoke(
    prefix: Annotated[str, typer.Argument(help="The beginning of the key, as `key list` has it.")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Ends a key at once."""
    with (
        reporting(as_json=as_json),
        installation(data_dir) as here,
        here.database.unit_of_work() as work,
    ):
        accounts.revoke(work, prefix.removesuffix("…"), at=system_clock())
    if as_json:
        print_json({"prefix": prefix, "status": "revoked"})
    else:
        out.print(f"{said(prefix)} is revoked.")
