"""The exam of each port: every implementation, embedded or distributed, passes the same one.

A test module subclasses the contract, gives it a fixture that makes the implementation, and has the
whole suite.
"""
