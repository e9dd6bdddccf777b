"""check_https against a real TLS server."""

import asyncio
import datetime
import ssl

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.adapters.ssh.https_check import check_https
from provisioning.core.errors import NotYet, PermanentError

HOSTNAME = "nb-abc.westeurope.cloudapp.azure.com"


class Notebook:
    """A TLS server with a self-signed certificate of its own."""

    def __init__(self, folder):
        self.requests = []
        self.answer = web.json_response({"version": "2.17.0"})
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "notebook")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
        pem = folder / "server.pem"
        pem.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(pem)

    async def start(self):
        async def handle(request):
            self.requests.append(request.host)
            return self.answer

        app = web.Application()
        app.router.add_get("/api", handle)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0, ssl_context=self.context)
        await site.start()
        self.port = self.runner.addresses[0][1]


@pytest.fixture
async def notebook(tmp_path):
    notebook = Notebook(tmp_path)
    await notebook.start()
    yield notebook
    await notebook.runner.cleanup()


async def test_the_right_certificate_and_a_version_are_enough(notebook):
    await check_https("127.0.0.1", notebook.port, HOSTNAME, notebook.fingerprint)

    assert notebook.requests == [f"{HOSTNAME}:{notebook.port}"]


async def test_another_certificate_is_final_and_no_request_is_sent(notebook):
    with pytest.raises(PermanentError) as refused:
        await check_https("127.0.0.1", notebook.port, HOSTNAME, "00:" * 31 + "00")

    assert refused.value.code == "CertificateChanged"
    assert notebook.requests == []


async def test_a_closed_port_is_not_yet(unused_tcp_port):
    with pytest.raises(NotYet, match="https does not answer yet"):
        await check_https("127.0.0.1", unused_tcp_port, HOSTNAME, "00" * 32)


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(status=502),
        lambda: web.Response(status=302, headers={"Location": "/login"}),
        lambda: web.Response(text="welcome to nginx"),
        lambda: web.json_response(["no", "version"]),
    ],
)
async def test_an_answer_that_is_not_jupyters_is_not_yet(notebook, answer):
    notebook.answer = answer()

    with pytest.raises(NotYet):
        await check_https("127.0.0.1", notebook.port, HOSTNAME, notebook.fingerprint)


async def test_a_server_that_never_answers_is_not_yet(notebook, tmp_path):
    async def silence(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NotYet):
            await check_https("127.0.0.1", port, HOSTNAME, "00" * 32, timeout=0.3)
