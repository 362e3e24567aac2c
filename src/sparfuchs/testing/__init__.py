"""For those who work on the code: builders for tests and the pages that are generated from code.

May know every package; no package knows it, and nothing of it runs in an installation.
"""
