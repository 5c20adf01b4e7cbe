"""The version of our mail parser with which a stored message was parsed."""

VERSION = 1
"""Increase by one whenever any mail is parsed differently than before (`understand`, `address_kind`).

Stored mail with a lower version is then parsed again in the background: from Gmail, or from what is kept of a
mail file. Refer to it as `reading.VERSION`, so that tests and callers see one value. 0 means mail stored
before versions were recorded.
"""
