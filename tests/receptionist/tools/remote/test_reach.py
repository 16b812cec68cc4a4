"""A tenant's tool reaches the public internet and what the operator lists, however it is spelled.

Each test stands for a way to make a request land elsewhere.
"""

import ipaddress
import socket
from collections.abc import Sequence

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.tools.remote.reach import Reach, RefusedError, UnresolvedError, is_public

pytestmark = pytest.mark.unit

PUBLIC = "93.184.215.14"


def reach(*listed: str, found: Sequence[str] = (PUBLIC,)) -> Reach:
    async def resolve(host: str, port: int) -> Sequence[str]:
        del host, port
        return found

    return Reach(listed, resolve)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.31.0.1",
        "192.0.0.192",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
async def test_an_address_inside_is_refused_also_behind_a_name(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(RefusedError, match="may not be reached"):
        await reach(found=[address]).addresses("shop.example.com", 443)
    with pytest.raises(RefusedError):
        await reach().addresses(address, 443)


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
async def test_a_public_address_is_reached(address: str) -> None:
    found = await reach(found=[address]).addresses("shop.example.com", 443)
    assert found == (ipaddress.ip_address(address),)


async def test_one_private_address_among_public_ones_refuses_them_all() -> None:
    with pytest.raises(RefusedError):
        await reach(found=[PUBLIC, "10.0.0.1"]).addresses("rebind.example.com", 443)


async def test_a_name_without_address_is_unresolved() -> None:
    with pytest.raises(UnresolvedError):
        await reach(found=[]).addresses("nowhere.example.com", 443)


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "https://１２７.1/",
        "https://user@shop.example.com/",
        "https://user:word@shop.example.com/",
        "http://shop.example.com/",
        "https://shop.example.com:22/",
        "https://shop.example.com:6379/",
        "ftp://shop.example.com/",
        "file:///etc/passwd",
        "gopher://shop.example.com/",
        "https://[fe80::1%25eth0]/",
        "https://a_b..example.com/",
    ],
)
def test_odd_urls_are_refused_before_anything_is_looked_up(url: str) -> None:
    with pytest.raises((RefusedError, httpx2.InvalidURL)):
        reach().check(httpx2.URL(url))


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.com/",
        "https://shop.example.com:8443/a",
        "https://münchen.example/",
        "https://93.184.215.14/",
    ],
)
def test_plain_urls_are_let_through(url: str) -> None:
    reach().check(httpx2.URL(url))


async def test_what_the_operator_lists_is_reached_at_its_port_alone() -> None:
    listed = reach("crm.local:8080", "10.0.5.0/24:9000", "[fd00::/8]", found=["10.0.5.7"])
    listed.check(httpx2.URL("http://crm.local:8080/a"))
    assert await listed.addresses("crm.local", 8080)
    assert await listed.addresses("10.0.5.7", 9000)
    assert await listed.addresses("fd00::7", 1234)
    for host, port in (("crm.local", 8081), ("10.0.5.7", 443), ("10.0.6.7", 9000)):
        with pytest.raises(RefusedError):
            await Reach(("crm.local:8080", "10.0.5.0/24:9000")).addresses(
                "10.0.5.7" if host == "crm.local" else host, port
            )


async def test_a_listed_name_opens_no_other_name_with_the_same_address() -> None:
    with pytest.raises(RefusedError):
        await reach("crm.local", found=["10.0.5.7"]).addresses("evil.example.com", 443)


@pytest.mark.parametrize("entry", ["", "http://crm.local", "10.0.0.0/33", "crm.local:0", "a b"])
def test_an_entry_that_is_no_host_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="port"):
        Reach((entry,))


@given(st.text(max_size=60))
async def test_whatever_is_written_as_a_url_is_checked_or_refused(text: str) -> None:
    try:
        url = httpx2.URL(f"https://{text}/")
        reach().check(url)
    except (RefusedError, httpx2.InvalidURL, UnicodeError):
        return
    assert url.scheme == "https"
    assert not url.userinfo
    assert url.raw_host


@given(st.text(alphabet="0123456789abcdefx.:[]%", max_size=30))
def test_no_spelling_of_an_address_is_taken_for_a_name(host: str) -> None:
    try:
        url = httpx2.URL(f"https://{host}/")
        reach().check(url)
        # What the C library would make of it: hexadecimal, octal, fewer than four parts.
        packed = socket.inet_aton(url.raw_host.decode())
    except (RefusedError, httpx2.InvalidURL, OSError):
        return
    assert str(ipaddress.ip_address(packed)) == url.host


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_hides_in_an_ipv6_one(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | number)
    translated = ipaddress.IPv6Address((0x64FF9B << 96) | number)
    tunnelled = ipaddress.IPv6Address((0x2002 << 112) | (number << 80))
    assert is_public(mapped) == is_public(translated) == is_public(address)
    assert not is_public(tunnelled)


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if address.is_private or address.is_multicast or address.is_loopback or address.is_link_local:
        assert not is_public(address)
