"""Walks every route, every method and every field with hostile values; the fields are those that the code asks for.

A spying request writes down each key that a view looks for in its form or query, so that a new field is walked by itself.
Good values for the other fields are those of the forms that the app's own pages show.
"""

import hashlib
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from flask import Flask, Request, g, request_finished
from flask.testing import FlaskClient
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from streaklike.store.database import Database
from streaklike.store.models import Base
from tests.hostile.values import RAW

UNCONTENT = re.compile(r"session|job|slot|lease|key|replay|standing|flag|country_year")
"""Tables that are no content: any request or command may touch them, what evaluation computes among them."""
UNWALKED = frozenset({"csrf_token"})
FORM = "application/x-www-form-urlencoded"


class _Spying(ImmutableMultiDict):
    """Notes each key that is looked for."""

    asked: ClassVar[set[str]] = set()

    def _note(self, key: Any) -> None:
        if isinstance(key, str):
            type(self).asked.add(key)

    def __getitem__(self, key: Any) -> Any:
        self._note(key)
        return super().__getitem__(key)

    def __contains__(self, key: Any) -> bool:
        self._note(key)
        return super().__contains__(key)

    def get(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        self._note(key)
        return super().get(key, *args, **kwargs)

    def getlist(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        self._note(key)
        return super().getlist(key, *args, **kwargs)


class _SpyingRequest(Request):
    parameter_storage_class = _Spying


class _Page(HTMLParser):
    """The links and forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self._select: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append((given.get("method", "get").upper(), given.get("action", ""), {}))
        elif self.forms and tag in {"input", "textarea", "button"} and given.get("name"):
            self.forms[-1][2].setdefault(given["name"], given.get("value", ""))
        elif self.forms and tag == "select" and given.get("name"):
            self._select = given["name"]
        elif self.forms and tag == "option" and self._select and given.get("value"):
            self.forms[-1][2].setdefault(self._select, given["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None


@dataclass
class Findings:
    """What a walk did, and what went wrong."""

    requests: int = 0
    fields: set[tuple[str, str, str]] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        by_status = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        return (
            f"{self.requests} requests to {len({name for name, _, _ in self.fields})} routes with "
            f"{len(self.fields)} fields: {by_status}; {len(self.broken)} broken, {len(self.written)} wrote though refused"
        )


T = TypeVar("T")


class Walker:
    """Walks an app whose reader is signed in.

    `restore` puts the database back as it was; `version` is equal as long as nothing was committed to it.
    """

    def __init__(
        self,
        app: Flask,
        database: Database,
        client: FlaskClient,
        token: str,
        *,
        restore: Callable[[], None],
        version: Callable[[], object],
    ) -> None:
        app.request_class = _SpyingRequest
        request_finished.connect(self._note_refusal, app)
        self._app, self._database, self._client, self._token = app, database, client, token
        self._restore, self._version = restore, version
        self._cookies = {
            name: cookie.value for name in ("session",) if (cookie := client.get_cookie(name)) is not None
        }
        self._is_refused = self._is_full = False
        self.found = Findings()
        self._examples: dict[str, dict[str, Any]] = {}
        self._forms: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)

    def _note_refusal(self, _app: Flask, response: Any) -> None:
        self._is_refused = bool(g.get("is_refused")) or response.status_code >= 400

    def learn(self, start: Iterable[str] = ("/",), most: int = 60) -> None:
        """Read the app's own pages: what stands in paths, and what its forms send."""
        adapter = self._app.url_map.bind("localhost")
        waiting, seen, per_route = list(start), set(), Counter()
        while waiting and len(seen) < most:
            path = waiting.pop(0)
            endpoint, arguments = self._match(adapter, path, "GET")
            if path in seen or endpoint is None or per_route[endpoint] >= 2:
                continue
            seen.add(path)
            per_route[endpoint] += 1
            self._examples.setdefault(endpoint, arguments)
            answer = self._client.get(path, follow_redirects=False)
            if answer.status_code in {301, 302, 303}:
                waiting.append(answer.location)
                continue
            page = _Page()
            page.feed(answer.text)
            waiting += page.links
            for method, action, fields in page.forms:
                name, values = self._match(adapter, action or path, method)
                if name is not None:
                    self._examples.setdefault(name, values)
                    self._forms[name, method] = {**fields, **self._forms[name, method]}

    @staticmethod
    def _match(adapter: Any, path: str, method: str) -> tuple[str | None, dict[str, Any]]:
        try:
            endpoint, arguments = adapter.match(urlsplit(path).path, method=method)
        except Exception:  # noqa: BLE001 - no route of ours
            return None, {}
        return endpoint, dict(arguments)

    def walk(self, values: Callable[[str, str], Sequence[str]], *, is_full: bool = False) -> Findings:
        """Every route and method, each field with the `values` given for it by route and field.

        Of bytes that are no text, and of bodies that are no form, each is tried with few fields, or `is_full` with all.
        """
        self._is_full = is_full
        for rule in sorted(self._app.url_map.iter_rules(), key=lambda each: each.endpoint):
            if rule.endpoint == "static":
                continue
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                self._walk_route(rule, method, values)
        return self.found

    def _walk_route(self, rule: Rule, method: str, values: Callable[[str, str], Sequence[str]]) -> None:
        self._content = self._fingerprint()
        self._stands_at = self._version()
        path = self._build(rule)
        good = {
            key: value for key, value in self._forms[rule.endpoint, method].items() if key not in UNWALKED
        }
        waiting = sorted(self._ask(rule.endpoint, method, path, good) | set(good))
        done: set[str] = set()
        while waiting:
            key = waiting.pop(0)
            if key in done or key in UNWALKED:
                continue
            done.add(key)
            self.found.fields.add((rule.endpoint, method, key))
            _Spying.asked.clear()
            for body in self._fill(good, key, values(rule.endpoint, key)):
                self._try(method, path, body)
            waiting += sorted(_Spying.asked - done)
        for argument in sorted(rule.arguments):
            self.found.fields.add((rule.endpoint, method, f"<{argument}>"))
            for value in values(rule.endpoint, argument):
                self._try(method, self._build(rule, **{argument: value}), _encode(good.items()))
        for body, kind in self._some(tuple(_odd_bodies()), rule.endpoint, 2):
            if method != "GET":
                self._try(method, path, body, kind=kind)

    def _ask(self, endpoint: str, method: str, path: str, good: dict[str, str]) -> set[str]:
        _Spying.asked.clear()
        self._send(method, path, _encode(good.items()))
        self._put_back()
        return set(_Spying.asked)

    def _some(self, choices: Sequence[T], key: str, count: int) -> Sequence[T]:
        if self._is_full:
            return choices
        start = zlib.crc32(key.encode())
        return [choices[(start + number) % len(choices)] for number in range(count)]

    def _fill(self, good: dict[str, str], key: str, values: Sequence[str]) -> Iterator[bytes]:
        others = [(name, value) for name, value in good.items() if name != key]
        yield _encode(others)  # missing
        for value in values:
            yield _encode([*others, (key, value)])
        yield _encode([*others, (key, "1"), (key, "2"), (f"{key}[]", "3")])  # repeated
        for raw in self._some(RAW, key, 1):
            yield _encode(others) + b"&" + quote(key).encode() + b"=" + raw

    def _try(self, method: str, path: str, body: bytes, kind: str = FORM) -> None:
        self._is_refused = False
        where = f"{method} {path[:200]} {body[:160]!r} {kind if kind != FORM else ''}"
        try:
            answer = self._send(method, path, body, kind)
        except Exception as error:  # noqa: BLE001 - whatever reaches the server would be its traceback
            self.found.broken.append(f"{where}: {error!r}")
            self._put_back()
            return
        self.found.statuses[answer.status_code] += 1
        if answer.status_code >= 500 or "Traceback" in answer.text:
            self.found.broken.append(f"{where}: {answer.status_code}")
        if self._version() == self._stands_at:
            return
        if self._is_refused and self._fingerprint() != self._content:
            self.found.written.append(where)
        self._put_back()

    def _put_back(self) -> None:
        self._restore()
        self._stands_at = self._version()

    def _send(self, method: str, path: str, body: bytes, kind: str = FORM) -> TestResponse:
        self.found.requests += 1
        for name, value in self._cookies.items():  # what a request before did to the session is forgotten
            self._client.set_cookie(name, value)
        if method == "GET":
            return self._client.open(path + ("&" if "?" in path else "?") + body.decode("latin-1"))
        if kind == FORM:
            body = body + b"&" + urlencode({"csrf_token": self._token}).encode()
        return self._client.open(
            path, method=method, data=body, content_type=kind, headers={"X-CSRFToken": self._token}
        )

    def _build(self, rule: Rule, **given: Any) -> str:
        arguments = dict.fromkeys(rule.arguments, "1")
        arguments |= {key: str(value) for key, value in self._examples.get(rule.endpoint, {}).items()} | given
        return re.sub(
            r"<(?:[^:<>]+:)?([^<>]+)>", lambda found: quote(arguments[found[1]], safe=""), rule.rule
        )

    def _fingerprint(self) -> str:
        return digest_content(self._database)


def digest_content(database: Database) -> str:
    """All content, as one digest."""
    digest = hashlib.sha256()
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if UNCONTENT.search(table.name) or not table.primary_key:
                continue
            rows = connection.execute(table.select()).fetchall()
            digest.update(repr(sorted(map(repr, rows))).encode("utf-8", "replace"))
    return digest.hexdigest()


def _encode(pairs: Iterable[tuple[str, str]]) -> bytes:
    return urlencode(list(pairs)).encode()


def _odd_bodies() -> Iterator[tuple[bytes, str]]:
    """Bodies that are no form."""
    yield b"", FORM
    yield b"&&&===;;;", FORM
    yield b'{"a": [', "application/json"
    yield b"[[[[", "application/json"
    yield b"\xff\xfe\x00", "text/plain; charset=nothing"
    yield b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"
    yield b"garbage", "multipart/form-data"
    yield b"--\xff\r\n\r\n", "multipart/form-data; boundary=\xff"
    yield (
        b'--x\r\nContent-Disposition: form-data; name="text"; filename="../../a"\r\n\r\nfile\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    )
    yield b"&".join(b"k%d=1" % number for number in range(3_000)), FORM
    yield b"text=" + b"x" * 1_100_000, FORM
