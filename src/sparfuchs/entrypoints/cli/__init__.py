"""The program `sparfuchs`: one module a family of commands, all with `--data-dir` and `--json`."""

from sparfuchs.entrypoints.cli.app import app

__all__ = ["app"]
