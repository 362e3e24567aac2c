"""The catalogue: merchants, sources, runs, offers, deals and promotions; what is stored and how.

Words: a *run* is one reading of a source and the observation of every offer in it; the *state* of a
source is the immutable file in which it remembers each offer's keys, hashes and last sighting; a
*segment* is the file of what one run changed. In the data's way the catalogue stands between
`ingest` (clean offer frames in) and `pricing` (changes out): identify, weigh, publish.

It never fetches or parses, never judges a discount, and writes no row for an offer that is only
seen again.
"""
