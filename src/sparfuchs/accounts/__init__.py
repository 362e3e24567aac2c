"""Accounts: who may do what.

Owns the keys by which programs and operators come in through the HTTP API, their scopes and their
end. A key itself is never stored, only what tells it apart from every other. It stands beside the
catalogue and is asked at the rim; no domain below it knows who is asking.
"""
