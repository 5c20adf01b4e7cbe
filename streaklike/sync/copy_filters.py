"""SQL conditions on mailbox messages. They import no code that writes, so that commands which only count load little."""

from typing import Final

from sqlalchemy import and_, func, literal_column

from streaklike.store.models import MailboxMessage
from streaklike.sync.origins import FROM_FILE, FROM_OFFER

# substr() instead of LIKE, which is case-insensitive on SQLite.
IS_FROM_FILE: Final = func.substr(MailboxMessage.gmail_id, 1, len(FROM_FILE)) == FROM_FILE
NOT_OFFERED: Final = func.substr(MailboxMessage.gmail_id, 1, len(FROM_OFFER)) != FROM_OFFER
FROM_GMAIL: Final = and_(~IS_FROM_FILE, NOT_OFFERED)
LISTED: Final = MailboxMessage.state == literal_column("'listed'")
"""Known but not fetched yet. A literal, because a partial index does not serve a bound parameter."""
