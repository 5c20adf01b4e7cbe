"""What runs by itself: a whole sync of the mailboxes side by side; entry points, which own transactions."""
