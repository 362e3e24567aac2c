"""Can it be trusted: one score an offer, with the parts it is made of.

Words: a *rating* is a whole number from 0 to 100 and the exact sum of five *parts*. It weighs what
others have found out (content, verdict, runs) and finds out nothing itself. Stands between price
and index. Never looks at commission, never hides an offer: it orders and explains.
"""
