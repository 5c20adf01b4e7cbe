"""Actions on a box: lifecycle, movement, owners, tasks, notes. Each records an event."""
