"""`serve` behind a default nginx, and behind one that it trusts: no header lets anybody in, a one-time link does."""

import base64
import json
import re
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import func, select

from streaklike.cli.main import main
from streaklike.instants import now_instant
from streaklike.store.database import Database, open_database
from streaklike.store.models import Event, User, UserSession
from tests.integration.served import Answer, Served, ask, compose, free_port, nginx, serving

NAMES = ("林小美", "陳志偉", "mei@ngo.example", "wei@ngo.example")
LINK = r"http://127\.0\.0\.1:\d+/sign-in/link#([\w-]{43})"

SITE = "server { listen 127.0.0.1:%d; location / { proxy_pass http://127.0.0.1:%d; %s } }\n"
SAYING_ALL = """
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-Host $host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
"""

HOSTS = (
    "127.0.0.1:8000",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[::1]:8000",
    "0.0.0.0",
    "127.1",
    "2130706433",
    "localhost@evil.example",
    "127.0.0.1, evil.example",
    "evil.example",
    "",
)
HEADERS = (
    ("X-Forwarded-For: 127.0.0.1",),
    ("X-Forwarded-For: ::1",),
    ("X-Forwarded-For: 203.0.113.9, 127.0.0.1",),
    ("X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: 127.0.0.1"),
    ("x-forwarded-for: 127.0.0.1:8000",),
    ("X_Forwarded_For: 127.0.0.1",),
    ("X-Forwarded-For:",),
    ("X-Forwarded-Host: localhost",),
    ("X-FORWARDED-HOST: 127.0.0.1:8000",),
    ("X-Forwarded-Host: 127.0.0.1", "X-Forwarded-Host: evil.example"),
    ("X-Forwarded-Host: evil.example",),
    ("X-Forwarded-Proto: https",),
    ("X-Forwarded-Proto: https, http",),
    ("X-Forwarded-Proto: gopher",),
    ("X-Forwarded-Port: 8000",),
    ("X-Forwarded-By: 127.0.0.1",),
    ("X-Forwarded-Server: localhost",),
    ("X-Forwarded-Prefix: /demo",),
    ("X-Forwarded-User: mei@ngo.example", "X-Remote-User: mei@ngo.example", "Remote-User: 1"),
    ("Forwarded: for=127.0.0.1;host=localhost;proto=http",),
    ('Forwarded: for="[::1]"', "Forwarded: host=127.0.0.1"),
    ("Forwarded: %6c%6f%63%61%6c",),
    ("X-Real-IP: 127.0.0.1", "X-Client-IP: 127.0.0.1", "True-Client-IP: 127.0.0.1"),
    ("X-Originating-IP: 127.0.0.1", "X-Remote-Addr: 127.0.0.1", "X-Cluster-Client-IP: ::1"),
    ("Authorization: Basic bWVpOm1laQ==",),
    ("Authorization: Bearer 1",),
    ("Origin: http://127.0.0.1:8000",),
    ("Origin: null", "Referer: http://127.0.0.1:8000/sign-in"),
    ("Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: navigate"),
    ("X-Original-URL: /team", "X-Rewrite-URL: /team"),
    ("X-HTTP-Method-Override: GET",),
    ("Cookie: session=eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb; _user_id=1; remember_token=1|0",),
    ("Via: 1.1 localhost", "X-Proxy-User: admin"),
    (
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Host: localhost",
        "X-Forwarded-Proto: http",
        "X-Real-IP: ::1",
    ),
)
TARGETS = (
    ("http://127.0.0.1/sign-in", "1.1"),
    ("http://evil.example/sign-in", "1.1"),
    ("//localhost/sign-in", "1.1"),
    ("/%73ign-in", "1.1"),
    ("/sign-in?user=1&next=/team", "1.1"),
    ("/sign-in;jsessionid=1", "1.1"),
    ("/sign-in", "1.0"),
)


class Variant(NamedTuple):
    host: str | None = "127.0.0.1"
    headers: tuple[str, ...] = ()
    target: str = "/sign-in"
    version: str = "1.1"


NORMAL = Variant()
VARIANTS = [
    *(Variant(host=host) for host in HOSTS),
    *(Variant(headers=headers) for headers in HEADERS),
    *(Variant(target=target, version=version) for target, version in TARGETS),
    Variant(host=None, version="1.0"),
]


class Fronts(NamedTuple):
    """Ports to come by: an nginx that says nothing, one that says all and is trusted, and past either of them."""

    plain: int
    trusted: int
    direct: int
    direct_trusting: int
    first: Served
    second: Served
    log: Path
    folder: Path
    database: Database


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Fronts]:
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(sqlite_template, folder / "streaklike.db")
    database = open_database(f"sqlite:///{folder / 'streaklike.db'}")
    with database.begin() as session:
        for email, name, role in (("mei", "林小美", "admin"), ("wei", "陳志偉", "member")):
            session.add(User(email=f"{email}@ngo.example", name=name, role=role, created_at=now_instant()))
    plain, trusted = free_port(), free_port()
    with serving(folder) as first, serving(folder, trusted_proxy="127.0.0.1") as second:
        plain_site = SITE % (plain, first.port, "")
        trusted_site = SITE % (trusted, second.port, SAYING_ALL)
        with nginx(folder, plain_site, trusted_site) as log:
            yield Fronts(plain, trusted, first.port, second.port, first, second, log, folder, database)
    database.close()


class Visit(NamedTuple):
    """A browser's cookie and the token of the page it saw."""

    cookie: str
    csrf: str

    def post(self, port: int, target: str, form: dict[str, str], variant: Variant = NORMAL) -> Answer:
        cookie = (
            () if any(line.startswith("Cookie:") for line in variant.headers) else (f"Cookie: {self.cookie}",)
        )
        return ask(
            port,
            compose(
                "POST",
                target,
                headers=(*variant.headers, *cookie),
                host=variant.host,
                version=variant.version,
                form={"csrf_token": self.csrf, **form},
            ),
        )


def visit(port: int) -> Visit:
    page = ask(port, compose(target="/sign-in/link"))
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.body)
    assert token, page
    return Visit(page.cookies[0].partition(";")[0], token[1])


def read_cookie(line: str) -> dict[str, object]:
    """What a session cookie of Flask's says; whoever signed it."""
    value = line.partition(";")[0].partition("=")[2]
    is_packed, payload = value.startswith("."), value.strip(".").partition(".")[0]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    said: dict[str, object] = json.loads(zlib.decompress(raw) if is_packed else raw)
    return said


def count_sessions(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).select_from(UserSession)).one()


def check_outside(answer: Answer) -> None:
    for name in NAMES:
        assert name not in answer.body
        assert name not in answer.head
    for line in answer.cookies:
        if line.startswith(("session=", "__Host-session=")):
            assert "_user_id" not in read_cookie(line)


def test_Q24_no_header_lets_anybody_in_behind_nginx_or_past_it(fronts: Fronts):
    assert len(VARIANTS) >= 40
    statuses: set[int] = set()
    for port in (fronts.plain, fronts.trusted, fronts.direct, fronts.direct_trusting):
        seen = visit(port)
        for variant in VARIANTS:
            asked = compose(
                target=variant.target, headers=variant.headers, host=variant.host, version=variant.version
            )
            answers = [
                ask(port, asked),
                seen.post(port, variant.target, {"user": "1", "next": "/team"}, variant),
                seen.post(port, "/sign-in/link", {"token": "x" * 43, "user": "1"}, variant),
            ]
            for answer in answers:
                check_outside(answer)
                assert answer.status < 500, (variant, answer)
                statuses.add(answer.status)
    assert count_sessions(fronts.database) == 0
    assert {
        200,
        400,
        403,
        405,
    } <= statuses  # the page, another host, a made-up link, the sign-in that is no more


def test_Q27_the_printed_link_lets_the_first_admin_in_through_nginx_and_no_log_has_it(
    fronts: Fronts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    first, second = (each.wait_for(LINK)[1] for each in (fronts.first, fronts.second))
    seen = visit(fronts.plain)
    asked = seen.post(fronts.plain, "/sign-in/link", {"token": first})
    assert "林小美" in asked.body
    assert "陳志偉" not in asked.body
    assert count_sessions(fronts.database) == 0
    entered = seen.post(fronts.plain, "/sign-in/link", {"token": first, "user": "1"})
    assert entered.status == 303
    inside = entered.cookies[0].partition(";")[0]
    assert "林小美" in ask(fronts.plain, compose(target="/", headers=(f"Cookie: {inside}",))).body
    again = visit(fronts.trusted)
    for token in (first, second):  # an admin is in: what was printed lets nobody else in
        assert again.post(fronts.trusted, "/sign-in/link", {"token": token, "user": "1"}).status == 403

    monkeypatch.setenv("STREAKLIKE_DATA_DIR", str(fronts.folder))
    monkeypatch.setenv("STREAKLIKE_PUBLIC_URL", "https://crm.ngo.example/")
    main(["sign-in-link", "wei@ngo.example"])
    link = capsys.readouterr().out.strip()
    assert re.fullmatch(r"https://crm\.ngo\.example/sign-in/link#[\w-]{43}", link)
    entered = again.post(fronts.trusted, "/sign-in/link", {"token": link})
    assert entered.status == 303
    inside = entered.cookies[0].partition(";")[0]
    assert "陳志偉" in ask(fronts.trusted, compose(target="/", headers=(f"Cookie: {inside}",))).body
    with fronts.database.read() as session:
        logged = session.scalars(select(Event.data).where(Event.kind == "sign_in_link")).all()
    assert logged == [{"user": "wei@ngo.example", "did": "made"}]

    written = fronts.log.read_text() + (fronts.folder / "error.log").read_text()
    assert "/sign-in/link" in written
    for token in (first, second, link.partition("#")[2]):
        assert token not in written
    with serving(fronts.folder) as third:  # an admin has signed in: no more link is printed
        assert not re.search(LINK, "".join(third.said))


@pytest.mark.parametrize("value", ["*", "nginx", "127.0.0.1/8", "127.0.0.1, 127.0.0.2"])
def test_a_proxy_that_is_no_address_is_refused(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("STREAKLIKE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STREAKLIKE_TRUSTED_PROXY", value)
    with pytest.raises(SystemExit) as ended:
        main(["serve"])
    assert ended.value.code == 3
    assert "STREAKLIKE_TRUSTED_PROXY" in capsys.readouterr().err
