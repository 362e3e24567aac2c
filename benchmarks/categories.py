"""How fast do offers find their place in the tree of categories?

Question: how many offers a second are placed, by titles alone, by new paths, by paths known before?
Data: things of the simulated market, their titles made different by a number and a strange word.
Control, in the same run: the nearest of the taught things by TF-IDF over the same pieces of words,
which the plain way would ask for each offer.

Run: make bench-categories     (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import time

import numpy as np
import polars as pl

from sparfuchs.market.api import shelved
from sparfuchs.matching.api import Classifier, shipped_categories
from sparfuchs.matching.category_words import TITLE, rows_of, scaled, texts_of, title_words

BLOCK = 2_000


def offers(count: int) -> pl.DataFrame:
    things = shelved()
    number = pl.int_range(count)
    strange = (
        number.hash(7).cast(pl.String).str.replace_many(list("0123456789"), list("qxjvywzkfp"))
    )
    return (
        pl.concat([things] * (count // things.height + 1))
        .head(count)
        .select(
            offer_id=number,
            title=pl.concat_str("title", strange.str.head(6), number, separator=" "),
            brand="brand",
            product_type="path",
            code="code",
        )
    )


def timed(classifier: Classifier, rows: pl.DataFrame) -> dict[str, float]:
    began, worked = time.perf_counter(), time.process_time()
    found = classifier.classify(rows)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    return {
        "offers_per_second": round(rows.height / seconds),
        "offers_per_cpu_second": round(rows.height / cpu),
        "known": round(found["category_id"].count() / rows.height, 4),
    }


def nearest(rows: pl.DataFrame) -> dict[str, float]:
    things = shelved()
    began = time.perf_counter()
    words = [title_words(one["title"], TITLE, most=12) for one in (things, rows)]
    matrices = []
    for one, size in zip(words, (things.height, rows.height), strict=True):
        texts, names = texts_of(scaled(one), size)
        matrices.append((texts @ rows_of(names)).tocsr())
    often = np.diff(matrices[0].tocsc().indptr)
    rare = np.log((1 + things.height) / (1 + often)) + 1
    taught = matrices[0].multiply((rare**2)[None, :]).tocsr()
    places = [
        (matrices[1][start : start + BLOCK] @ taught.T).toarray().argmax(axis=1)
        for start in range(0, rows.height, BLOCK)
    ]
    right = things["code"].to_numpy()[np.concatenate(places)] == rows["code"].to_numpy()
    return {
        "offers_per_second": round(rows.height / (time.perf_counter() - began)),
        "right": round(float(right.mean()), 4),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=200_000, help="offers")
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    rows = offers(chosen.rows)
    classifier = Classifier(shipped_categories())
    result = {
        "offers": rows.height,
        "titles_alone": timed(classifier, rows.drop("product_type")),
        "new_paths": timed(classifier, rows),
        "known_paths": timed(classifier, rows),
        "control_nearest": nearest(rows),
    }
    if chosen.json:
        print(json.dumps(result))
    else:
        for name, figures in result.items():
            print(f"{name}: {figures}")


if __name__ == "__main__":
    main()
