"""From violations to what people read: findings with a curl command each, codes observed, deviations that are known."""
