"""Which copies are meant: conditions of SQL, apart from what writes copies, so that counting them loads little."""

from typing import Final

from sqlalchemy import and_, func, literal_column

from streaklike.store.models import MailboxMessage
from streaklike.sync.origins import FROM_FILE, FROM_OFFER

NOT_OFFERED: Final = func.substr(MailboxMessage.gmail_id, 1, len(FROM_OFFER)) != FROM_OFFER
FROM_GMAIL: Final = and_(func.substr(MailboxMessage.gmail_id, 1, len(FROM_FILE)) != FROM_FILE, NOT_OFFERED)
LISTED: Final = MailboxMessage.state == literal_column("'listed'")
"""Known and not fetched yet. A literal, since the index of what is listed serves no bound value."""
