"""Credentials at rest: encrypted with a key outside the database, and bound to their mailbox."""

import base64
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from streaklike.gmail.credentials import StoredCredentials, parse_credentials_file
from streaklike.gmail.errors import BadCredentials

_PURPOSE = b"streaklike mailbox credentials v1"


class TokenVault:
    """Encrypts credentials with the newest secret and decrypts with any of the given secrets.

    To change the secret key, give the new one first and the old ones after it, and `reseal` what is stored.
    """

    def __init__(self, secret_key: str, *older_secrets: str) -> None:
        if not secret_key:
            raise ValueError("A vault needs a secret key.")
        self._fernet = MultiFernet([_derive(secret) for secret in (secret_key, *older_secrets)])

    def seal(self, mailbox_email: str, credentials: StoredCredentials) -> bytes:
        """Encrypt the credentials for the database, bound to this mailbox."""
        payload = {"mailbox": _binding(mailbox_email), "credentials": credentials.to_json()}
        return self._fernet.encrypt(json.dumps(payload).encode())

    def open(self, mailbox_email: str, sealed: bytes) -> StoredCredentials:
        """Decrypt credentials. Raises BadCredentials if key or mailbox differ or the bytes were changed."""
        try:
            payload = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken as error:
            raise BadCredentials(
                f"The stored credentials of {mailbox_email} cannot be opened with this secret key. "
                "Give the key they were sealed with, or connect the mailbox again."
            ) from error
        if payload["mailbox"] != _binding(mailbox_email):
            raise BadCredentials(
                f"The stored credentials belong to another mailbox than {mailbox_email}. Connect the mailbox again."
            )
        return parse_credentials_file(payload["credentials"])

    def reseal(self, sealed: bytes) -> bytes:
        """Encrypt the same payload with the newest secret. Raises BadCredentials if no secret decrypts it."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken as error:
            raise BadCredentials(
                "These stored credentials were sealed with a secret key that was not given."
            ) from error


def _derive(secret: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def _binding(mailbox_email: str) -> str:
    return hashlib.sha256(mailbox_email.strip().lower().encode()).hexdigest()
