"""What a command exits with, by the kind of failure (documented in docs/commands.md)."""

BAD_INPUT = 3
NO_DATABASE = 4
GMAIL_FAILED = 5
NO_CONSENT = 6
OUR_FAULT = 70
"""A fault of ours: sysexits' EX_SOFTWARE, far from the codes of what people can mend."""
