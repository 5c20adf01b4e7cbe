"""The rules themselves: pure functions of history, policy, calendar and `now`. No database."""
