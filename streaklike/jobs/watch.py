"""Asking Gmail to ring where a mailbox changes; a watch ends within seven days, so it is asked for daily."""

from sqlalchemy import select

from streaklike.gmail.auth import TokenVault
from streaklike.gmail.errors import BadCredentials, GmailError
from streaklike.jobs.kinds import JobFailed, Run
from streaklike.jobs.sync import open_mailbox, share_budgets
from streaklike.settings import load_secret_key
from streaklike.store.models import Mailbox
from streaklike.sync.account import check_address


def renew_watch(run: Run) -> None:
    """Watch one mailbox (100 units), where a topic is set and its consent stands. Raises JobFailed."""
    topic = run.settings.gmail_pubsub_topic
    with run.database.read() as session:
        mailbox = session.scalar(
            select(Mailbox).where(Mailbox.email == run.subject, Mailbox.source == "gmail")
        )
        is_wanted = mailbox is not None and not mailbox.needs_reconnect and mailbox.user.disabled_at is None
    if not topic or mailbox is None or not is_wanted:
        return
    vault = TokenVault(load_secret_key(run.settings))
    try:
        with open_mailbox(mailbox, run.settings, vault, share_budgets(run.settings)) as client:
            check_address(client, mailbox.email)
            client.watch(topic)
    except GmailError as error:
        raise JobFailed(str(error), is_permanent=error.is_permanent) from error
    except BadCredentials as error:
        raise JobFailed(str(error), is_permanent=True) from error
