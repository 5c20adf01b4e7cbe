"""Changes that people make to the policy, each checked and recorded as one event."""
