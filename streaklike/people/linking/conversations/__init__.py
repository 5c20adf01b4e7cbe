"""Which messages are one conversation (R23, R24), and what becomes of conversations that join or part."""
