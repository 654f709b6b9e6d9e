"""The virus scanner (clamd): a file is sent to it over its socket and it says what it found. Where none is set, nothing is asked."""

import socket
import struct
from pathlib import Path

from ledger.errors import EnvironmentFailed, os_reason

_AT_ONCE = 1 << 16
_SECONDS = 120.0  # for each answer
_LONGEST = 4096  # bytes of an answer


def scan(scanner: str, path: Path) -> str | None:
    """What the scanner found in a file, None where it is clean. scanner: the path of clamd's socket.

    EnvironmentFailed where it does not answer or gives no verdict; the file then is neither clean nor infected.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as clamd, path.open("rb") as file:
            clamd.settimeout(_SECONDS)
            clamd.connect(scanner)
            clamd.sendall(b"zINSTREAM\0")
            while part := file.read(_AT_ONCE):
                clamd.sendall(struct.pack(">I", len(part)) + part)
            clamd.sendall(struct.pack(">I", 0))
            said = _answer(clamd)
    except OSError as error:
        raise EnvironmentFailed(
            f"查毒程序没有回应：{os_reason(error)}；请检查设置 portal.scanner 所指的套接字"
        ) from error
    if said == "stream: OK":
        return None
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        return said.removeprefix("stream: ").removesuffix(" FOUND")
    raise EnvironmentFailed("查毒程序没有给出结论；请检查其日志和大小上限（StreamMaxLength）")


def _answer(clamd: socket.socket) -> str:
    found = b""
    while b"\0" not in found and len(found) < _LONGEST and (part := clamd.recv(_LONGEST)):
        found += part
    return found.partition(b"\0")[0].decode("utf-8", "replace")
