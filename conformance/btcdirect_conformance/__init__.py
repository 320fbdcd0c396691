"""Judges any server, staging or a mock, against the contract of the BTC Direct API."""
