"""Sparfuchs: reads the offers of shops, knows from its own history whether a discount is real.

The map of the packages and their direction is in `docs/architecture.md` and held by import-linter.
"""

__version__ = "0.1.0"
