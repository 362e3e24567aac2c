"""The commands by name. Each family is a module; this one only puts them together."""

import typer

from sparfuchs.entrypoints.cli import (
    api,
    backup,
    categories,
    check,
    demonstrate,
    evaluate,
    history,
    ingest,
    market,
    market_group,
    matching,
    merchants,
    offer,
    product,
    promotions,
    rates,
    recorded,
    review,
    runs,
    search,
    server,
    shops,
    sources,
    status,
    up,
)

app = typer.Typer(
    name="sparfuchs",
    help="Reads the offers of shops and knows from its own history whether a discount is real.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command("up")(up.up)
app.command("ingest")(ingest.ingest)
app.command("check")(check.check)
app.add_typer(sources.app, name="source")
app.add_typer(runs.app, name="run")
app.command("search")(search.search)
app.add_typer(search.index_app, name="index")
app.command("offer")(offer.offer)
app.add_typer(promotions.app, name="promotions")
app.add_typer(product.app, name="product")
app.add_typer(merchants.app, name="merchant")
app.command("assay")(merchants.assay)
history.app.command("show")(recorded.show)
history.app.command("import")(recorded.import_)
history.app.command("held")(recorded.held)
history.app.command("correct")(recorded.correct)
history.app.command("release")(recorded.release)
app.add_typer(history.app, name="history")
app.add_typer(rates.app, name="rates")
app.command("api")(api.api)
app.add_typer(api.key_app, name="key")
app.command("status")(status.status)
app.add_typer(evaluate.app, name="evaluate")
matching.app.add_typer(review.app, name="review")
app.add_typer(matching.app, name="matching")
app.add_typer(categories.app, name="categories")
app.command("examples")(demonstrate.examples)
app.command("worker")(server.worker)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("stop")(server.stop)
market_group.app.command("fill")(market.fill)
market_group.app.command("serve")(shops.serve)
market_group.app.command("export")(market.export)
app.add_typer(market_group.app, name="market")
