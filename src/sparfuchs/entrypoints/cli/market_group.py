"""`sparfuchs market`: the simulated market, its files and its shops."""

import typer

app = typer.Typer(
    name="market", help="The simulated market, in which the truth is known.", no_args_is_help=True
)
