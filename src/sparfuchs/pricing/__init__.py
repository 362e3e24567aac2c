"""Is the discount real: the price history of each offer and our verdict on it.

Words: a *span* is an offer's price from one change to the next; it ends by a change of price,
availability or presence, never by a gap alone. How much of it was really seen follows from the runs
of its source. A *verdict* is our judgement of a reduction from these spans (domain.md 4.5), with
its evidence. The *claim* is what the merchant says; it is judged, and never used as ours.

Stands between publish (which hands over the change rows of a run) and rate. Takes frames, gives
frames; `store.py` alone speaks SQL. Never prints a merchant's percentage as our own (R-H-0), never
mixes currencies, never asks a clock.
"""
