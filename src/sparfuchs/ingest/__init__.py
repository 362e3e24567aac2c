"""Ingest: sources in, clean offer frames out. Owns feed, document, raw record, batch, rejection.

Stands at the beginning of the data's way: fetch -> split -> parse -> normalise -> validate. What
leaves it are frames of `kernel.frames` (OFFER, REJECTION). It never stores anything, never compares
with an earlier run beyond asking which raw hashes are known, and never decides what an offer costs
at a moment (`catalog.effective`).

payload, decompress, decode, detect   what came, and what it is
split, split_rows, split_items        raw records and their hashes
formats/                              records -> stated texts under common names
normalise, validate                   texts -> typed columns -> offers and rejections
read, check                           the whole way in a stream; the same without storing
"""
