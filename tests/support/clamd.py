"""A virus scanner that knows one virus: it speaks as clamd does over its socket."""

import socket
import struct
import threading
from pathlib import Path

VIRUS = b"X5O!P%@AP-TEST-VIRUS"
NAME = "Test-Signature"


class Clamd:
    """Answers on a socket until it is closed. silent: it breaks off instead of a verdict. largest: bytes that it takes."""

    def __init__(self, path: Path, largest: int = 1 << 26) -> None:
        self.path, self.largest, self.silent = path, largest, False
        self.seen: list[int] = []  # the size of each file
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends it; its socket stays behind, as that of a process that died."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _run(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            with client:
                self._serve(client)

    def _serve(self, client: socket.socket) -> None:
        file = client.makefile("rb")
        assert file.read(10) == b"zINSTREAM\0"
        data = b""
        while size := struct.unpack(">I", file.read(4))[0]:
            data += file.read(size)
            if len(data) > self.largest:
                client.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.seen.append(len(data))
        if not self.silent:
            client.sendall(b"stream: %s FOUND\0" % NAME.encode() if VIRUS in data else b"stream: OK\0")
