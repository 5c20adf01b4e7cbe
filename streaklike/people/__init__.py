"""Contacts and conversations made of the stored mail: linking, names, merging, timelines."""
