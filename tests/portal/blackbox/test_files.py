"""What a file that is sent may be."""

from typing import Any

from portal_client import Checks
from portal_world import ONE, YEAR
from portal_year import Story


def test_what_a_file_may_be(story: Story) -> None:
    checks, clerk = Checks(), story.api("clerk1")
    book = story.book(
        "样", {"年末余额": [{"年度": YEAR, "银行名称": ONE, "借据编号": "A1", "年末余额(万元)": 1000}]}
    ).read_bytes()
    cases: dict[str, tuple[str, bytes]] = {
        "no workbook": ("甲.xlsx", b"nothing"), "empty": ("空.xlsx", b""), "cut short": ("断.xlsx", book[:-200]),
        "a name too long": ("长" * 201 + ".xlsx", book), "no extension": ("无", book[:50]),
    }  # fmt: skip
    for what, file in cases.items():
        answer = clerk.send(file)
        checks.status(what, answer, 422)
    path = clerk.send(("../../etc/样\u202e例.xlsx", book[:-1]))
    checks.true("a path in a name", "../" not in path.text and "\u202e" not in path.text, path.text)
    sent: list[tuple[str, Any]] = [("file", ("甲.xlsx", book)), ("file", ("乙.xlsx", book))]
    checks.status("two files", clerk.ask("POST", "/uploads", files=sent), 400)
    checks.status("no file", clerk.ask("POST", "/uploads", files={"x": ("甲.xlsx", book)}), 400)
    checks.status("an unknown field", clerk.send(("甲.xlsx", book), nothing="1"), 400)
    checks.status("an unknown kind", clerk.send(("甲.xlsx", book), kind="nothing"), 400)
    checks.status("a wait that is none", clerk.ask("POST", "/uploads?wait=61", files={"file": ("甲.xlsx", book)}), 400)
    sheet = "年度,银行名称,借据编号,年末余额(万元)\r\n2023,样例一行,R1,200\r\n".encode()
    answer = clerk.send(("年末余额-样例.csv", sheet))
    if checks.status("CSV by its name", answer, 201):
        checks.same("CSV by its name", answer.json()["taken"]["年末余额"]["new"], 1)
    later = clerk.send(
        ("年末余额-再.csv", sheet + b"2023,\xe6\xa0\xb7\xe4\xbe\x8b\xe4\xb8\x80\xe8\xa1\x8c,A1,1000\r\n"), wait=0
    )
    if checks.status("not waited for", later, 202, 201) and later.status_code == 202:
        number = later.json()["upload"]
        checks.true("Location", later.headers.get("location", "").endswith(f"/uploads/{number}"), dict(later.headers))
    checks.none_left()
