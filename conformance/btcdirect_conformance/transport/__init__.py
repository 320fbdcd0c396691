"""Requests on their way to the target: over a socket or into an application, within time, pace and budget."""
