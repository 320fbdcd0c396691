"""Requests that nobody planned: drawn by the seed, or made up by hypothesis and schemathesis; what fails is shrunk."""
