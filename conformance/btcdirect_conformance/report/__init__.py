"""The catalogue of verdicts, drawn for a terminal, a CI server, a program or a vendor."""
