"""A team on a real Gmail API server on loopback."""

import json
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from gmail_emulator import Account, GmailServer
from streaklike.gmail.auth import parse_credentials_file
from streaklike.instants import DAY, MINUTE, now_instant, to_datetime
from streaklike.jobs.labels import LabelsChanged, change_labels
from streaklike.jobs.mailboxes import add_mailbox
from streaklike.jobs.sync import SyncReport, sync_mailboxes
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.dump import iter_dump

MEI = "mei@ngo.example"
WEI = "wei@ngo.example"
AN = "An Chen <an@donor.example>"
BO = "Bo Lin <bo@donor.example>"
START = now_instant() - 20 * DAY


def mime(
    from_: str,
    to: Sequence[str],
    subject: str = "River clean-up",
    text: str = "May I join on Saturday?",
    *,
    minute: int = 0,
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    message_id: str | None = None,
    refs: Sequence[str] = (),
    headers: Sequence[tuple[str, str]] = (),
) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = from_, ", ".join(to), subject
    if cc:
        message["Cc"] = ", ".join(cc)
    if bcc:
        message["Bcc"] = ", ".join(bcc)
    message["Date"] = format_datetime(to_datetime(at(minute)))
    message["Message-ID"] = f"<{message_id or f'{minute}.{subject}'.replace(' ', '-')}@mx.example>"
    if refs:
        message["References"] = " ".join(f"<{ref}@mx.example>" for ref in refs)
        message["In-Reply-To"] = f"<{refs[-1]}@mx.example>"
    for name, value in headers:
        message[name] = value
    message.set_content(text)
    return message.as_bytes()


def at(minute: int) -> int:
    return START + minute * MINUTE


class Team:
    """A database, settings that point at the server, and what a person would do with them."""

    def __init__(self, database: Database, url: str, data_dir: Path, server: GmailServer) -> None:
        self.database = database
        self.server = server
        self.settings = Settings(
            data_dir=data_dir,
            database_url=url,
            gmail_endpoint=server.url,
            gmail_units_per_minute=0,
            gmail_project_units_per_minute=0,
            team_domains=("ngo.example",),
        )

    def connect(self, email: str) -> Account:
        account = self.server.add_account(email)
        self.reconnect(email, account)
        return account

    def reconnect(self, email: str, account: Account) -> None:
        """Connect a mailbox that the server has already, by a new consent."""
        credentials = parse_credentials_file(json.dumps(account.credentials()))
        add_mailbox(self.database, self.settings, email, credentials)

    def sync(self, *emails: str, verify: bool = False) -> list[SyncReport]:
        return sync_mailboxes(self.database, self.settings, emails=emails, verify=verify)

    def sync_one(self) -> SyncReport:
        (report,) = self.sync()
        return report

    def change_labels(self, email: str, name: str = "Private", *, is_left_out: bool) -> LabelsChanged:
        out, into = ([name], []) if is_left_out else ([], [name])
        return change_labels(self.database, self.settings, email, out=out, into=into)

    def dump(self) -> list[str]:
        with self.database.read() as session:
            return list(iter_dump(session))
