"""The team's thresholds: the policy itself, its keys, and which level's value applies to whom (R48)."""
