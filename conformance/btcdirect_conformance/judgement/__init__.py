"""Pure judgement of one exchange, or of all of a run, by what the documents say."""
