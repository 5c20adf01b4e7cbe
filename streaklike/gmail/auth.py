"""Re-exports of credentials, vault and tokens.

The consent flow is separate, because it imports a lot: `consent`.
"""

from streaklike.gmail.credentials import (
    READ_SCOPE,
    SEND_SCOPE,
    TOKEN_URI,
    StoredCredentials,
    parse_credentials_file,
    read_credentials_file,
    refuse_wider_scopes,
)
from streaklike.gmail.tokens import to_google_credentials
from streaklike.gmail.vault import TokenVault

__all__ = [
    "READ_SCOPE",
    "SEND_SCOPE",
    "TOKEN_URI",
    "StoredCredentials",
    "TokenVault",
    "parse_credentials_file",
    "read_credentials_file",
    "refuse_wider_scopes",
    "to_google_credentials",
]
