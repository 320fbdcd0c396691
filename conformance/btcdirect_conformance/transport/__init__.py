"""One request and its answer: over a socket or into an application, within the time limit."""
