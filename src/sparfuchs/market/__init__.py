"""A simulated German market with the truth known: products, merchants, prices, and their shops.

Owns what merchants state (STATED), the feeds they write (`write/`) and the servers that deliver
them (`serve`). Everything follows from a seed and a moment. It never touches the database, and
nothing of it runs where an installation reads real shops.
"""
