"""What the database leaves out of a search is never what is meant, however it is written."""

from sqlalchemy import Engine, literal, select

from ledger.database import db
from reports.parties.spellings import may_hold, plain, spellings

NAMES = (
    "威海样例１２（科技）有限公司",
    "样例12科技",
    "样 例\u200bAbc",
    "ＡＢＣ公司",
    "straße 7",
    "100%_样例",
    "91371000MA00000017",
    "",
)
WORDS = (
    "样例",
    "样例12",
    "（科技",
    "(科技",
    "１２",
    "12",
    "abc",
    "ABC公",
    "STRASSE",
    "%",
    "_",
    "例_样",
    "71000ma",
    "７",
    "科 技",
    "",
)


def test_every_way_to_write_a_character_is_known() -> None:
    for code in range(0x20000):  # beyond them every character is only itself
        for character in plain(chr(code)):
            assert not spellings(character) or chr(code) in spellings(character)
    assert [spellings(one) for one in "样1aß（%"] == ["样", "1１", "", "", "", ""]


def test_no_name_that_has_the_words_is_left_out(engine: Engine) -> None:
    kept = left_out = 0
    with db.reading(engine) as connection:
        for words in map(plain, WORDS):
            conditions = [may_hold(literal(name), words) for name in NAMES]
            for name, found in zip(NAMES, connection.execute(select(*conditions)).one(), strict=True):
                has = words in plain(name)
                assert found or not has
                kept, left_out = kept + has, left_out + (not found)
    assert kept > 30 and left_out > 40
