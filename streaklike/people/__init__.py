"""Contacts and conversations derived from stored mail: linking, names, merging, timelines."""
