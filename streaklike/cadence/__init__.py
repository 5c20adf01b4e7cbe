"""Core rules: touches, reply states, policy, flags, deadlines, the work calendar, the audit."""
