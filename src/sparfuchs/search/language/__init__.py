"""Language: what words are the same, for a title and for a query alike.

German first, English as well. Text is folded, parted into words and brought to stems by our own
rules, so that any engine that can look up a word can be asked; compounds are known by their parts
beside the whole. Nothing here knows of engines, indexes or queries.
"""
