"""Matching: the same offer once, the same product together.

Owns what is understood of an offer's words, which offers are worth comparing, how alike two of them
are and what follows from it. Two relations, never mixed: the *same offer* seen twice is merged, the
*same product* at several merchants is grouped, and variants (size, colour, storage, pack,
condition) are siblings, never one. It stands between publishing and pricing in the data's way. It
never deletes an offer and never lets a price alone decide.
"""
