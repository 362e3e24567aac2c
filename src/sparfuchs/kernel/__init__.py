"""Values that every part speaks: money, ids, clock, outcomes, errors, text and frame schemas.

Imports nothing of ours and no framework; everything here is a frozen value or a pure function.
"""
