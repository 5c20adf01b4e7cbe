"""streaklike: a Gmail-integrated conversation tracker for NGO teams."""

__version__ = "0.1.0"
