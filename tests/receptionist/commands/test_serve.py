import socket

import pytest

from receptionist.cli import main
from receptionist.commands.serve import listening
from receptionist.errors import AddressError

pytestmark = pytest.mark.integration


def test_taken_port_ends_at_once_and_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            main(["serve", "--port", str(port)])
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert str(port) in said
    assert "RECEPTIONIST_PORT" in said
    assert "Traceback" not in said


def test_port_can_be_served_on_again_as_soon_as_it_is_free() -> None:
    with listening("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), first.accept()[0]:
            pass
    with listening("127.0.0.1", port) as second:
        assert second.getsockname()[1] == port


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7"])
def test_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(AddressError, match="RECEPTIONIST_HOST"), listening(host, 0):
        pass
