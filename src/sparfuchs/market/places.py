"""Towns in which local offers lie: public knowledge, rounded to hundredths of a degree."""

from typing import Final

import polars as pl

_TOWNS: Final = (
    ("Berlin", 52.52, 13.40),
    ("Hamburg", 53.55, 9.99),
    ("München", 48.14, 11.58),
    ("Köln", 50.94, 6.96),
    ("Frankfurt am Main", 50.11, 8.68),
    ("Stuttgart", 48.78, 9.18),
    ("Düsseldorf", 51.23, 6.78),
    ("Leipzig", 51.34, 12.37),
    ("Dortmund", 51.51, 7.47),
    ("Bremen", 53.08, 8.80),
    ("Dresden", 51.05, 13.74),
    ("Hannover", 52.37, 9.73),
    ("Nürnberg", 49.45, 11.08),
    ("Freiburg im Breisgau", 47.99, 7.85),
    ("Rostock", 54.09, 12.14),
    ("Erfurt", 50.98, 11.03),
    ("Kassel", 51.31, 9.48),
    ("Münster", 51.96, 7.63),
    ("Augsburg", 48.37, 10.90),
    ("Kiel", 54.32, 10.14),
)

PLACES: Final = pl.DataFrame(_TOWNS, schema=["place", "latitude", "longitude"], orient="row")
