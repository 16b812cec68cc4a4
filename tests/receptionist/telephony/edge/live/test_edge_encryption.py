"""TLS and SRTP end at the edge: a softphone's call reaches a node that knows of neither."""

import asyncio
import json
import sys
import wave
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.receptionist.telephony.edge.live.running_edge import (
    DOMAIN,
    MODULE,
    RunningEdge,
    free_ports,
    running_edge,
)

pytestmark = pytest.mark.integration

RATE_HZ = 16_000


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncGenerator[RunningEdge, None]:
    certificate, key = certify(tmp_path)
    outside = {
        "tls": free_ports(1)[0],
        "certificate": str(certificate),
        "private_key": str(key),
    }
    async with running_edge(tmp_path, changes={"outside": outside}) as running:
        yield running


async def test_an_encrypted_call_hears_its_echo(edge: RunningEdge, tmp_path: Path) -> None:
    told = await softphone(edge, tmp_path, password="wonderland")
    assert told["established"], told
    assert "SRTP status: Active" in told["described"]
    assert told["over"]
    assert loudest_hz(tmp_path / "recorded.wav") == pytest.approx(440, abs=5)


async def test_a_wrong_password_is_refused_over_tls_too(edge: RunningEdge, tmp_path: Path) -> None:
    told = await softphone(edge, tmp_path, password="guess")
    assert not told["established"]
    assert told["status"] in {401, 403, 407}


async def softphone(edge: RunningEdge, folder: Path, *, password: str) -> dict[str, Any]:
    """Lets PJSIP call the edge, and returns what it says of the call."""
    played, told = folder / "played.wav", folder / "told.json"
    write_tone(played, 440)
    port = edge.plan.outside.tls
    wanted = {
        "uri": f"sip:reception@127.0.0.1:{port};transport=tls",
        "identity": f"sip:alice@{DOMAIN}",
        "user": "alice",
        "password": password,
        "authority": str(edge.plan.outside.certificate),
        "codec": "PCMU",
        "seconds": 4,
        "played": str(played),
        "recorded": str(folder / "recorded.wav"),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"{MODULE}.srtp_phone", str(told)), stdin=PIPE
    )
    async with asyncio.timeout(30):
        await process.communicate(json.dumps(wanted).encode())
    assert process.returncode == 0
    return json.loads(told.read_text())


def certify(folder: Path) -> tuple[Path, Path]:
    """Writes a certificate of the edge's own, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DOMAIN)])
    now = datetime.now(UTC)
    names = [x509.DNSName(DOMAIN), x509.IPAddress(ip_address("127.0.0.1"))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "edge.pem", folder / "edge.key"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private


def write_tone(file: Path, tone_hz: float) -> None:
    samples = 8000 * np.sin(2 * np.pi * tone_hz * np.arange(RATE_HZ * 10) / RATE_HZ)
    with wave.open(str(file), "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(RATE_HZ)
        opened.writeframes(samples.astype(np.int16).tobytes())


def loudest_hz(file: Path) -> float:
    """Returns the loudest tone of the last second of a recording; 0 of silence."""
    with wave.open(str(file), "rb") as opened:
        rate_hz = opened.getframerate()
        samples = np.frombuffer(opened.readframes(opened.getnframes()), np.int16)[-rate_hz:]
    if len(samples) < rate_hz or np.abs(samples.astype(np.int32)).max() < 1000:
        return 0
    return float(np.argmax(np.abs(np.fft.rfft(samples))[1:]) + 1)
