"""A run's conversation with its target: pace, budget, patience, and everything that was said, in order."""
