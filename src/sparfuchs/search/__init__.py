"""Search: listings that a person can find, filter, sort and count.

Owns the search engine's port and its embedded implementation, what a listing is made of (LISTING),
and how a query is understood. It stands after rating in the data's way and follows the event log:
an index may lag behind the database and never lead it. It never decides what is a deal, never looks
at a merchant's claim to sort or filter, and keeps no truth: an index can be made again at any time.
"""
