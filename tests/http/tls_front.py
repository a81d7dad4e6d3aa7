"""A proxy that leads whoever wants https into our plain server, with a certificate that is thrown away afterwards.

Some clients know their maker's https address and no other. They may be given a proxy, as behind many companies'
walls: it answers every CONNECT itself, shows a certificate for the name that was asked for, and hands the plain bytes
to the server under test. Loopback only; one thread for each direction of a connection.
"""

import contextlib
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAMES = ("events.pagerduty.com", "api.opsgenie.com", "localhost")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for `NAMES` that vouches for itself, and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "thrown away after the test")])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    alternatives = [*(x509.DNSName(each) for each in NAMES), x509.IPAddress(ip_address("127.0.0.1"))]
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(key, hashes.SHA256())
    )
    shown, secret = folder / "certificate.pem", folder / "key.pem"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return shown, secret


class Front:
    """`with Front(folder, "http://127.0.0.1:8710") as front:` answers CONNECT at `front.proxy`."""

    def __init__(self, folder: Path, server: str) -> None:
        host, port = server.removeprefix("http://").split(":")
        self._server = (host, int(port))
        self.certificate, key = certificate(folder)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate, key)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.proxy = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.asked: list[str] = []
        """Every host that somebody wanted to reach."""
        self._threads = [threading.Thread(target=self._accept, name="front")]
        self._open: list[socket.socket] = []

    def __enter__(self) -> "Front":
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._listening, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), name="front connection")
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        self._open.append(connection)
        head = b""
        while b"\r\n\r\n" not in head and (part := connection.recv(4096)):
            head += part
        if not head.startswith(b"CONNECT "):
            connection.close()
            return
        self.asked.append(head.split()[1].decode())
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            inside = self._context.wrap_socket(connection, server_side=True)
        except (ssl.SSLError, OSError):
            connection.close()
            return
        behind = socket.create_connection(self._server)
        self._open += [inside, behind]
        back = threading.Thread(target=_pump, args=(behind, inside), name="front back")
        self._threads.append(back)
        back.start()
        _pump(inside, behind)


def _pump(source: socket.socket, to: socket.socket) -> None:
    """Hand bytes on until one side has ended."""
    with contextlib.suppress(OSError, ValueError):
        while part := source.recv(65_536):
            to.sendall(part)
    for each in (source, to):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
