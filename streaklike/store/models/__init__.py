"""All tables, by subject. Import models from here."""

from streaklike.store.models.base import Base, LastId
from streaklike.store.models.boxes import (
    Box,
    BoxContact,
    BoxConversation,
    BoxOwner,
    Event,
    Pipeline,
    Stage,
    Task,
)
from streaklike.store.models.cadence import ContactStatus, CountryYear, Flag
from streaklike.store.models.digest import DigestDelivery, DigestSetting
from streaklike.store.models.erasure import Erasure
from streaklike.store.models.forms import FormKey
from streaklike.store.models.jobs import Job, Lease, Slot
from streaklike.store.models.mail import (
    Body,
    Conversation,
    ForwardOffer,
    Link,
    MailboxMessage,
    Message,
    Participant,
)
from streaklike.store.models.people import FOREVER, Address, Contact
from streaklike.store.models.reminders import FollowUp, Reminder
from streaklike.store.models.replay import Replay
from streaklike.store.models.search import SearchEntry
from streaklike.store.models.sign_in import SignInLink, UserSession
from streaklike.store.models.team import ExcludedLabel, Mailbox, Setting, TeamAddress, TeamDomain, User

__all__ = [
    "FOREVER",
    "Address",
    "Base",
    "Body",
    "Box",
    "BoxContact",
    "BoxConversation",
    "BoxOwner",
    "Contact",
    "ContactStatus",
    "Conversation",
    "CountryYear",
    "DigestDelivery",
    "DigestSetting",
    "Erasure",
    "Event",
    "ExcludedLabel",
    "Flag",
    "FollowUp",
    "FormKey",
    "ForwardOffer",
    "Job",
    "LastId",
    "Lease",
    "Link",
    "Mailbox",
    "MailboxMessage",
    "Message",
    "Participant",
    "Pipeline",
    "Reminder",
    "Replay",
    "SearchEntry",
    "Setting",
    "SignInLink",
    "Slot",
    "Stage",
    "Task",
    "TeamAddress",
    "TeamDomain",
    "User",
    "UserSession",
]
