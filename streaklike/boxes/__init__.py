"""The verbs on a box: lifecycle, movement, owners, tasks, notes. Each writes an event."""
