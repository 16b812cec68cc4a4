"""A connection goes to the address that was checked, and TLS still verifies the name."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from receptionist.tools.remote.guarded_http import GuardedTransport
from receptionist.tools.remote.reach import Reach, RefusedError

pytestmark = pytest.mark.integration

NAME = "shop.example.com"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for NAME that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@asynccontextmanager
async def secured(certificate: Path, names: list[str | None]) -> AsyncGenerator[int]:
    """Yields the port of a TLS server that notes which name it is asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def note(connection: ssl.SSLObject, name: str | None, of: ssl.SSLContext) -> None:
        del connection, of
        names.append(name)

    context.sni_callback = note

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        host = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"host:"))
        writer.write(b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n" + host)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def asked(reach: Reach, tls: ssl.SSLContext, url: str) -> bytes:
    transport = GuardedTransport(reach, max_bytes=1000, tls=tls)
    try:
        response = await transport.handle_async_request(
            httpx2.Request("GET", url, extensions={"timeout": {"connect": 5.0, "read": 5.0}})
        )
        return await response.aread()
    finally:
        await transport.aclose()


async def test_the_checked_address_is_connected_to_and_the_name_is_verified(
    certificate: Path,
) -> None:
    names: list[str | None] = []
    looked_up: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        del port
        looked_up.append(host)
        # The second answer of a rebinding name: it is never asked for.
        return ["127.0.0.1"] if len(looked_up) == 1 else ["10.0.0.1"]

    trusted = ssl.create_default_context(cafile=str(certificate))
    async with secured(certificate, names) as port:
        reach = Reach((f"127.0.0.0/8:{port}",), resolve)
        body = await asked(reach, trusted, f"https://{NAME}:{port}/")
        assert body == f"Host: {NAME}:{port}".encode()
        assert (looked_up, names) == ([NAME], [NAME])
        with pytest.raises(RefusedError, match=r"10\.0\.0\.1"):
            await asked(reach, trusted, f"https://{NAME}:{port}/")


async def test_another_name_at_the_same_address_is_not_believed(certificate: Path) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        del host, port
        return ["127.0.0.1"]

    trusted = ssl.create_default_context(cafile=str(certificate))
    async with secured(certificate, []) as port:
        reach = Reach((f"127.0.0.0/8:{port}",), resolve)
        with pytest.raises(httpx2.TransportError, match="certificate"):
            await asked(reach, trusted, f"https://bank.example.com:{port}/")
        with pytest.raises(httpx2.TransportError, match="certificate"):
            await asked(reach, ssl.create_default_context(), f"https://{NAME}:{port}/")
