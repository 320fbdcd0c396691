"""The reference server, the servers that are wrong on purpose, and the correct ones that differ.

They share the contract with the oracle and nothing else: neither side imports the other, so that a mistake in one can't
hide behind the same mistake in the other.
"""
