"""Many banks that send a file to the portal at once: until the last one is judged, against judging them one after the other."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter

import xlsxwriter

from benchmarks.world import enterprise_codes
from ledger.accounts import managing, passwords, tokens
from ledger.database import db
from ledger.intake.importer import import_file, import_files
from ledger.setup import initialise

HEADERS = (
    "银行名称", "借据编号", "业务品种", "统一社会信用代码", "贷款金额(万元)", "发放日", "到期日", "年利率(%)", "担保方式", "资料上传日",
)  # fmt: skip
ENTERPRISES = 40
_EDGE = "tiexi-benchmark-edge"
_WAIT = 60


@dataclass(frozen=True)
class Sent:
    """What came of it: seconds from the first byte to the last answer, states by how many, memory before and after (bytes)."""

    seconds: float
    states: dict[str, int]
    before: int
    after: int


def bank(number: int) -> str:
    return f"样例第{number}银行"


def make_world(url: str, folder: Path, banks: int, rows: int) -> None:
    """Fills a database with so many banks, each with an account and a token, and writes the file that each is to send."""
    engine = db.open_engine(url)
    initialise(engine)
    codes = enterprise_codes(ENTERPRISES)
    roster = folder / "名录.xlsx"
    with xlsxwriter.Workbook(roster) as book:
        _fill(book, "合作银行", ("银行名称", "合作起始日"), [(bank(number), "2019-01-01") for number in range(banks)])
        companies = [(code, f"样例{place}公司", "环翠区") for place, code in enumerate(codes)]
        _fill(book, "企业", ("统一社会信用代码", "企业名称", "区市"), companies)
    outcome = import_file(engine, roster, "性能测试")
    assert not outcome.refused, outcome.findings[:3]
    passwords.MEMORY_KIB, passwords.PASSES = 64, 1  # nobody signs in
    said = []
    for number in range(banks):
        managing.add(
            engine, f"bank-{number}", f"经办{number}号", bank(number), role="clerk", scope=f"bank:{bank(number)}"
        )
        said.append(tokens.add(engine, f"bank-{number}", "性能测试")[1])
        with xlsxwriter.Workbook(folder / f"bank-{number}.xlsx") as book:
            _fill(book, "贷款", HEADERS, [_loan(number, row, codes) for row in range(rows)])
    (folder / "tokens.json").write_text(json.dumps(said), encoding="utf-8")
    engine.dispose()


def _loan(number: int, row: int, codes: Sequence[str]) -> tuple[object, ...]:
    day = date(2023, 1 + row % 12, 1 + row % 28)
    return (
        bank(number), f"JJ{number:03d}-{row:05d}", "科技支行贷款", codes[row % len(codes)], 100 + row, day.isoformat(),
        day.replace(year=2024).isoformat(), 4, "信用", day.isoformat(),
    )  # fmt: skip


def _fill(book: xlsxwriter.Workbook, name: str, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    page = book.add_worksheet(name)
    page.write_row(0, 0, headers)
    for number, row in enumerate(rows, start=1):
        page.write_row(number, 0, row)


def together(url: str, folder: Path, banks: int) -> Sent:
    """All banks send at once to a portal that is up and has judged a file before; it takes them all."""
    process, port = _serve(url, folder)
    try:
        said = json.loads((folder / "tokens.json").read_text(encoding="utf-8"))
        states = [send_file(port, said[0], folder / "bank-0.xlsx", "&check_only")]  # so that both are warm
        before = resident(process.pid)
        ready, states = threading.Barrier(banks + 1), []

        def send(number: int) -> None:
            ready.wait()
            states.append(send_file(port, said[number], folder / f"bank-{number}.xlsx"))

        hands = [threading.Thread(target=send, args=(number,)) for number in range(banks)]
        for hand in hands:
            hand.start()
        ready.wait()
        start = perf_counter()
        for hand in hands:
            hand.join()
        return Sent(perf_counter() - start, dict(Counter(states)), before, resident(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def alone(url: str, folder: Path, banks: int) -> float:
    """Seconds in which one process judges the same files one after the other."""
    engine = db.open_engine(url)
    try:
        files = [folder / f"bank-{number}.xlsx" for number in range(banks)]
        assert not import_file(engine, files[0], "性能测试", dry_run=True).refused
        start = perf_counter()
        outcomes = list(import_files(engine, files, "性能测试", dry_run=True))
        seconds = perf_counter() - start
        assert not any(outcome.refused for outcome in outcomes)
        return seconds
    finally:
        engine.dispose()


def _serve(url: str, folder: Path) -> tuple["subprocess.Popen[str]", int]:
    settings = {"TIEXI_PORTAL_STORE": str(folder / "文件库"), "TIEXI_PORTAL_KEY": str(folder / "portal.key")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tiexi", "--database", url, "serve", "--address", "127.0.0.1:0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **settings},
    )  # fmt: skip
    assert process.stdout is not None
    return process, int(process.stdout.readline().strip().rsplit(":", 1)[1].strip("/"))


def send_file(port: int, token: str, path: Path, more: str = "") -> str:
    """Sends a file and gives the state in which it is in the end."""
    fields = {"check_only": "1"} if more else {}
    body = b"".join(
        f'--{_EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    body += f'--{_EDGE}\r\nContent-Disposition: form-data; name="file"; filename="{path.stem}.xlsx"\r\n\r\n'.encode()
    body += path.read_bytes() + f"\r\n--{_EDGE}--\r\n".encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={_EDGE}"}
    told = _ask(port, "POST", f"/uploads?wait={_WAIT}", headers, body)
    while told.get("state") in ("received", "judging"):
        told = _ask(port, "GET", f"/uploads/{told['upload']}", headers)
    return str(told.get("state", "refused"))


def _ask(port: int, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> dict[str, object]:
    connection = HTTPConnection("127.0.0.1", port, timeout=2 * _WAIT)
    try:
        connection.request(method, f"/api/v1{path}", body or None, headers)
        found: dict[str, object] = json.loads(connection.getresponse().read())
        return found
    finally:
        connection.close()


def resident(process_id: int) -> int:
    """The memory that a process and those that it started hold now."""
    started = Path(f"/proc/{process_id}/task")
    children = {int(one) for task in started.iterdir() for one in (task / "children").read_text().split()}
    return _resident(process_id) + sum(map(resident, children))


def _resident(process_id: int) -> int:
    for line in Path(f"/proc/{process_id}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
