"""Evaluates contacts and writes what differs: status, flags, reply states."""
