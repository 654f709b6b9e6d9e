"""Every file of the store held against its hash: what is missing, what was altered, what nobody sent."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.errors import EnvironmentFailed, os_reason
from ledger.store import Store, sm3_of

MISSING, ALTERED, STRANGE = "missing", "altered", "strange"
_WORDS = {MISSING: "缺失", ALTERED: "内容被改动", STRANGE: "不是由本程序存入"}
_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Fault:
    """A file that is not as it should be: its path within the store, how, and what it is on record."""

    kind: str
    file: str
    text: str


@dataclass(frozen=True)
class Verified:
    """How many files were hashed, how many papers and sent files rest on them, and each that is not as it should be."""

    files: int
    papers: int
    uploads: int
    problems: list[Fault]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {**vars(self), "problems": [vars(one) for one in self.problems]}


def verify(connection: Connection, store: Store) -> Verified:
    """Hashes every file of the store that is on record, and looks for others."""
    paper, upload = models.Paper, models.Upload
    on_record: dict[str, list[str]] = {}
    sm3s: dict[str, str] = {}
    papers = connection.execute(select(paper.id, paper.file_name, paper.sha256, paper.sm3).order_by(paper.id)).all()
    uploads = connection.execute(select(upload.id, upload.file_name, upload.sha256).order_by(upload.id)).all()
    for row in papers:
        on_record.setdefault(row.sha256, []).append(f"第 {row.id} 号资料 {row.file_name}")
        if row.sm3 is not None:
            sm3s.setdefault(row.sha256, row.sm3)
    for sent in uploads:
        on_record.setdefault(sent.sha256, []).append(f"第 {sent.id} 号报送文件 {sent.file_name}")
    faults = [
        fault
        for sha256, known_as in on_record.items()
        if (fault := _fault(store, sha256, sm3s.get(sha256), "、".join(known_as))) is not None
    ]
    faults += _strange(store, set(on_record))
    return Verified(len(on_record), len(papers), len(uploads), faults)


def _fault(store: Store, sha256: str, sm3: str | None, known_as: str) -> Fault | None:
    path, name = store.path(sha256), f"{sha256[:2]}/{sha256}"
    if not path.is_file():
        return Fault(MISSING, name, f"{known_as}：文件库中的 {name} {_WORDS[MISSING]}")
    try:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while part := file.read(_AT_ONCE):
                digest.update(part)
        found = sm3_of(path) if sm3 is not None else None
    except OSError as error:
        raise EnvironmentFailed(f"文件库中的 {name} 无法读取：{os_reason(error)}") from error
    if digest.hexdigest() != sha256 or (found is not None and found != sm3):
        return Fault(ALTERED, name, f"{known_as}：文件库中的 {name} {_WORDS[ALTERED]}")
    return None


def _strange(store: Store, on_record: set[str]) -> Iterator[Fault]:
    """What lies in the store and is on no record, or not where its name belongs."""
    expected = {f"{sha256[:2]}/{sha256}" for sha256 in on_record}
    for name in store.names():
        if name not in expected:
            yield Fault(STRANGE, name, f"文件库中的 {name} {_WORDS[STRANGE]}：没有登记")
