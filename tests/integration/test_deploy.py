"""What docs/deploy.md tells people to write works: its nginx site, word for word but for ports and certificate."""

import datetime as dt
import http.client
import json
import re
import socket
import ssl
import time
from pathlib import Path
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from streaklike.cli.main import cli
from streaklike.settings import PREFIX, Settings
from tests.integration.served import DEADLINE, free_port, nginx, serving

PAGE = (Path(__file__).parents[2] / "docs/deploy.md").read_text("utf-8")
HOST = "crm.ngo.example"


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found, language
    return found[1]


def certify(folder: Path) -> None:
    """A certificate that HOST signs for itself, as cert.pem and key.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def wait_for_port(port: int) -> None:
    """nginx says nowhere that it listens; the port does."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens at {port}")


class OverTls(http.client.HTTPSConnection):
    """A connection to loopback that asks for HOST, as a browser would that has its address."""

    def __init__(self, port: int, certificate: Path) -> None:
        self._trusting = ssl.create_default_context(cafile=str(certificate))
        super().__init__("127.0.0.1", port, timeout=DEADLINE, context=self._trusting)

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = self._trusting.wrap_socket(self.sock, server_hostname=HOST)

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str, str]:
        """The status, the cookie and the page."""
        if body is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"https://{HOST}{path}",
            }
        self.request(method, path, body, {"Host": HOST, **headers})
        answer = self.getresponse()
        cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        return answer.status, cookie, answer.read().decode()


def test_the_nginx_site_of_the_guide_lets_the_first_admin_in_by_https(tmp_path: Path):
    certify(tmp_path)
    port, plain = free_port(), free_port()
    settings = {"public_url": f"https://{HOST}", "trusted_proxy": "127.0.0.1"}
    with serving(tmp_path, **settings) as served:
        site = block("nginx")
        for said, meant in (
            ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
            ("listen 80;", f"listen 127.0.0.1:{plain};"),
            ("127.0.0.1:8000", f"127.0.0.1:{served.port}"),
            (f"/etc/letsencrypt/live/{HOST}/fullchain.pem", str(tmp_path / "cert.pem")),
            (f"/etc/letsencrypt/live/{HOST}/privkey.pem", str(tmp_path / "key.pem")),
        ):
            assert said in site
            site = site.replace(said, meant)
        token = served.wait_for(rf"https://{re.escape(HOST)}/sign-in/link#([\w-]+)")[1]
        with nginx(tmp_path, site):
            wait_for_port(port)
            browser = OverTls(port, tmp_path / "cert.pem")
            status, cookie, page = browser.ask("GET", "/sign-in/link")
            assert status == 200
            assert cookie.startswith("__Host-session=")
            csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
            assert csrf
            form = {"csrf_token": csrf[1], "token": token, "name": "林小美", "email": "mei@ngo.example"}
            status, cookie, _ = browser.ask("POST", "/sign-in/link", urlencode(form), Cookie=cookie)
            assert status == 303
            assert browser.ask("GET", "/", Cookie=cookie)[0] == 200
            browser.close()

            unencrypted = http.client.HTTPConnection("127.0.0.1", plain, timeout=DEADLINE)
            unencrypted.request("GET", "/people?kind=contact", headers={"Host": HOST})
            answer = unencrypted.getresponse()
            assert answer.status == 301
            assert answer.getheader("Location") == f"https://{HOST}/people?kind=contact"
            unencrypted.close()


def test_the_container_files_set_what_is_read_and_run_what_there_is():
    container, compose = block("dockerfile"), block("yaml")
    program, command, *options = json.loads(re.findall(r"^CMD (.+)$", container, re.MULTILINE)[0])
    assert program == "streaklike"
    found = cli.get_command(cli.make_context("streaklike", [], resilient_parsing=True), command)
    assert found
    found.make_context(command, options)  # raises where an option is not there
    given = re.findall(rf"^ENV {PREFIX}(\w+)=|^    {PREFIX}(\w+): ", container + compose, re.MULTILINE)
    assert {(one or other).lower() for one, other in given} <= set(Settings.model_fields)
    places = set(re.findall(r"/var/lib/\w+", container.partition("ENV")[2]))
    assert places == {"/var/lib/streaklike"}  # what is set, where it works, and what outlives the container
    assert "data:/var/lib/streaklike" in compose
