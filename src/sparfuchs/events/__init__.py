"""The published language: what happens, in the order in which it happens to an offer.

`envelope` is the form in which all of it travels. Then `feed` (a run was published, a source
removed) and `offer` (verdicts given, ratings given). Bulk events are few and point to columns, so
that a run of a million offers is one event; a single thing carries itself. Whoever listens may hear
an event twice and must not mind.
"""
