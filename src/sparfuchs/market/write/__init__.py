"""What a shop states, written as the feeds that shops write: the mirror image of `ingest/formats`.

Owns the habits of writing (decimal comma, currency column, names with or without `g:`, words for
availability, encodings) and one writer a format. It works on columns and never decides what is
stated: prices, titles and gaps come in with the STATED frame. What a format has no field for is
either put where shops put it (a list price into Google's `price`) or left out.
"""
