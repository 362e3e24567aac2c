"""The HTTP API: `/api/v1`, health and figures.

Owns how requests are let in (limits, keys), how answers leave (bytes, ETag, problem details) and
which flow answers which address. It decides nothing itself and has no SQL.
"""
