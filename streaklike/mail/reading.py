"""Which version of this program's reading of mail a stored message was made by."""

VERSION = 1
"""Raise it by one whenever any mail is read as something else than before (`understand`, `address_kind`).

Stored mail of a lower version is then read again in the background: from Gmail, or from what is kept of a mail file.
It is read as `reading.VERSION`, so that there is one place to look. 0 stands for all mail stored before versions were kept.
"""
