"""No secret, and no piece of one, leaves a run."""
