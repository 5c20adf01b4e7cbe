"""Working time and dates: weeks, holidays, quiet hours, and the due dates offered to people (R41, R42)."""
