"""Gmail's listings, page by page: messages, threads, history. They run under the account's lock."""

import json
from collections.abc import Callable
from itertools import islice
from typing import Any, Final

from gmail_emulator.account import SYSTEM_LABELS, Account
from gmail_emulator.answers import Answer, Request, json_answer, not_found, refuse
from gmail_emulator.history_log import KINDS
from gmail_emulator.house import Asked
from gmail_emulator.page_tokens import make_token, read_token
from gmail_emulator.search import names_hidden, parse_search
from gmail_emulator.stored import Stored

_MOST_RESULTS: Final = 500
_LISTING: Final = ("q", "labelIds", "includeSpamTrash")
_HISTORY: Final = ("startHistoryId", "historyTypes", "labelId")
_NEWEST: Final = "99999999999999:g"
"""A position before every message: no instant is later, and no id holds a g."""


def list_messages(asked: Asked) -> Answer:
    question = _question(asked.request, *_LISTING)
    token = asked.request.first("pageToken")
    before = _read_key(read_token(asked.account.email, question, token)) if token else None
    most = _max_results(asked.request)
    _check_labels(asked)
    keep = _listing_test(asked.request)
    page = list(islice((m for m in asked.account.newest_first(before) if keep(m)), most + 1))
    body = b'{"resultSizeEstimate":%d' % len(asked.account.messages)
    if page:
        body += b',"messages":[' + b",".join(m.reference for m in page[:most]) + b"]"
    if len(page) > most:
        body += b',"nextPageToken":"%s"' % _token_at(asked.account, question, page[most - 1])
    return Answer(200, body + b"}")


def list_threads(asked: Asked) -> Answer:
    question = _question(asked.request, *_LISTING)
    token = asked.request.first("pageToken")
    before = _read_key(read_token(asked.account.email, question, token)) if token else None
    most = _max_results(asked.request)
    _check_labels(asked)
    keep = _listing_test(asked.request)
    rows: dict[str, Stored] = {}
    last = None
    for message in asked.account.newest_first(before):
        newest = next(
            m for m in reversed(asked.account.threads[message.thread_id]) if keep(m) or m is message
        )
        if newest is not message or not keep(message):
            continue
        if len(rows) == most:
            break
        rows[message.thread_id] = last = message
    else:
        last = None
    answer: dict[str, Any] = {"resultSizeEstimate": len(asked.account.threads)}
    if rows:
        answer["threads"] = [
            {"id": tid, "snippet": m.built.snippet, "historyId": str(m.history_id)} for tid, m in rows.items()
        ]
    if last is not None:
        answer["nextPageToken"] = _token_at(asked.account, question, last).decode()
    return json_answer(answer)


def list_history(asked: Asked) -> Answer:
    start_text = asked.request.first("startHistoryId") or ""
    if not start_text.isdigit():
        raise refuse(400, "Missing or invalid startHistoryId")
    start = int(start_text)
    if not asked.account.history.knows(start):
        raise not_found()
    kinds = _history_kinds(asked.request)
    label = asked.request.first("labelId")
    question = _question(asked.request, *_HISTORY)
    token = asked.request.first("pageToken")
    position = int(read_token(asked.account.email, question, token)) if token else 0
    most = min(_max_results(asked.request), asked.house.history_page_size)
    told = (
        (behind, happening)
        for behind, happening in asked.account.history.after(position, start)
        if happening.kind in kinds and (label is None or label in happening.labels + happening.changed)
    )
    page = list(islice(told, most + 1))
    answer: dict[str, Any] = {"historyId": str(asked.account.history_id)}
    if page:
        answer["history"] = [h.record(ids_only=asked.house.history_ids_only) for _, h in page[:most]]
    if len(page) > most:
        answer["nextPageToken"] = make_token(asked.account.email, question, str(page[most - 1][0]))
    return json_answer(answer)


def empty_listing(asked: Asked) -> Answer:
    """A page that brings nothing but the token of the page which should have come."""
    token = asked.request.first("pageToken") or make_token(
        asked.account.email, _question(asked.request, *_LISTING), _NEWEST
    )
    return json_answer({"resultSizeEstimate": 0, "nextPageToken": token})


def empty_history(asked: Asked) -> Answer:
    """As `empty_listing`, for history."""
    token = asked.request.first("pageToken") or make_token(
        asked.account.email, _question(asked.request, *_HISTORY), "0"
    )
    return json_answer({"historyId": str(asked.account.history_id), "nextPageToken": token})


def _max_results(request: Request) -> int:
    text = request.first("maxResults") or "100"
    if not text.isdigit() or not 1 <= int(text) <= _MOST_RESULTS:
        raise refuse(400, f"Invalid maxResults: {text} is not from 1 to {_MOST_RESULTS}")
    return int(text)


def _check_labels(asked: Asked) -> None:
    for label_id in asked.request.query.get("labelIds", ()):
        if label_id not in SYSTEM_LABELS and label_id not in asked.account.labels:
            raise refuse(400, f"Invalid label: {label_id}")


def _listing_test(request: Request) -> Callable[[Stored], bool]:
    """The messages that a listing holds: its labels, its search, and no spam or trash unless asked for."""
    wanted = set(request.query.get("labelIds", ()))
    q = request.first("q") or ""
    with_hidden = request.first("includeSpamTrash") == "true" or wanted & {"SPAM", "TRASH"} or names_hidden(q)
    found = parse_search(q)
    if not wanted and not q:
        return (lambda _: True) if with_hidden else (lambda m: not m.is_hidden)
    return lambda m: (with_hidden or not m.is_hidden) and wanted.issubset(m.label_ids) and found(m)


def _history_kinds(request: Request) -> set[str]:
    kinds = set(request.query.get("historyTypes", ())) or set(KINDS)
    if not kinds <= set(KINDS):
        raise refuse(400, "Invalid value for historyTypes")
    return kinds


def _question(request: Request, *names: str) -> str:
    return json.dumps([[name, request.query.get(name)] for name in names])


def _token_at(account: Account, question: str, message: Stored) -> bytes:
    return make_token(account.email, question, f"{message.at}:{message.id}").encode()


def _read_key(position: str) -> tuple[int, str]:
    at, _, message_id = position.partition(":")
    return int(at), message_id
