"""The team's thresholds: the policy itself, its keys, and the level whose value applies to a person (R48)."""
