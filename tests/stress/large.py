"""S14: many of the largest files at once. None is a workbook; each is refused in a sentence. Memory and disk stay bounded."""

import json
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from stress.uploads import Portal

_EDGE = "tiexi-stress-edge"
_AT_ONCE = 1 << 20
_HEAD = f'--{_EDGE}\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'.encode()
_TAIL = f"\r\n--{_EDGE}--\r\n".encode()


class Sampler(threading.Thread):
    """The most memory that a process and its children held, and the most that a folder held, as seen ten times a second."""

    def __init__(self, process_id: int, folder: Path) -> None:
        super().__init__(daemon=True)
        self.process_id, self.folder, self.memory, self.disk = process_id, folder, 0, 0
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.1):
            self.memory = max(self.memory, memory_of(self.process_id))
            self.disk = max(self.disk, size_of(self.folder))

    def end(self) -> None:
        """Looks no more."""
        self._ended.set()
        self.join()


def memory_of(process_id: int) -> int:
    """Bytes that a process and its children hold now, 0 for one that is gone."""
    try:
        status = Path(f"/proc/{process_id}/status").read_text(encoding="utf-8")
        children = {one for task in Path(f"/proc/{process_id}/task").iterdir() for one in _children_of(task)}
    except OSError:
        return 0
    own = next((int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmRSS:")), 0)
    return own + sum(memory_of(int(child)) for child in children)


def _children_of(task: Path) -> list[str]:
    """The processes that a thread started; none of a thread that is gone."""
    try:
        return (task / "children").read_text(encoding="utf-8").split()
    except OSError:
        return []


def size_of(folder: Path) -> int:
    """Bytes of the files of a folder."""
    found = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # gone meanwhile
            found += path.stat().st_size if path.is_file() else 0
    return found


def _body(number: int, data: bytes, size: int) -> Iterator[bytes]:
    """A form with a file of that size, which is no other's, in pieces."""
    yield _HEAD + number.to_bytes(16, "big")
    for start in range(16, size, len(data)):
        yield data[: min(len(data), size - start)]
    yield _TAIL


def send(portal: Portal, port: int, number: int, data: bytes, size: int) -> int:
    """The status with which a file of that size is answered; 0 where the connection ended without."""
    headers = {
        "Authorization": f"Bearer {portal.tokens['clerk']}",
        "Content-Type": f"multipart/form-data; boundary={_EDGE}",
        "Content-Length": str(len(_HEAD) + size + len(_TAIL)),
    }
    connection = HTTPConnection("127.0.0.1", port, timeout=900)
    try:
        connection.request("POST", "/api/v1/uploads?wait=60", _body(number, data, size), headers)
        answer = connection.getresponse()
        json.loads(answer.read())
        return answer.status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def main(url: str, folder: Path, files: int, megabytes: int) -> int:
    """Prints what it took; 1 where an answer is missing, memory is over twice what it was, or anything is left behind."""
    os.environ["TMPDIR"] = str(folder / "tmp")
    (folder / "tmp").mkdir()
    tempfile.tempdir = None
    portal = Portal(url, folder, seed=1)
    process, port = portal.start()
    data, size = os.urandom(_AT_ONCE), (megabytes << 20) - 1024
    try:
        assert portal.send(port, portal.new_file())[0] in (201, 202)
        before, held = memory_of(process.pid), size_of(folder)
        sampler, answers, start = Sampler(process.pid, folder), Counter[int](), time.perf_counter()
        sampler.start()
        hands = [
            threading.Thread(target=lambda number=number: answers.update([send(portal, port, number, data, size)]))
            for number in range(files)
        ]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        seconds = time.perf_counter() - start
        sampler.end()
        left = size_of(folder / "tmp")
    finally:
        process.terminate()
        process.communicate()
    print(f"{files} files of {megabytes} MB in {seconds:.0f} s: answers {dict(answers)}")
    print(f"memory {before >> 20} MB before, {sampler.memory >> 20} MB at most: {sampler.memory / before:.2f}")
    print(
        f"disk {held >> 20} MB before, {sampler.disk >> 20} MB at most, {left >> 20} MB of it left in the temporary folder"
    )
    good = set(answers) <= {422, 202} and sampler.memory <= 2 * before
    return int(not good or left > 0 or sampler.disk > held + 2 * files * (megabytes << 20))
