"""Telling the story: every copy into its mailbox on the demo's Gmail server."""

from collections import defaultdict

from demo_story.model import Story, StoryDelivery
from gmail_emulator import Account, GmailServer
from gmail_emulator import Delivery as Laid


def tell(server: GmailServer, story: Story) -> None:
    """Add an account for each colleague and lay every copy into it, oldest first; Gmail's threads form by themselves."""
    deliveries: dict[str, list[StoryDelivery]] = defaultdict(list)
    for delivery in story.deliveries:
        deliveries[delivery.mailbox].append(delivery)
    for colleague in story.colleagues:
        _lay(server.add_account(colleague.email), deliveries[colleague.email])


def _lay(account: Account, deliveries: list[StoryDelivery]) -> None:
    account.deliver_many(
        Laid(each.mime, each.label_ids, each.at) for each in deliveries if each.thread is None
    )
    threads: dict[str, str] = {}
    for each in deliveries:
        if each.thread is not None:
            thread_id = threads.get(each.thread)
            laid = account.deliver(each.mime, label_ids=each.label_ids, at=each.at, thread_id=thread_id)
            threads.setdefault(each.thread, account.messages[laid].thread_id)
