"""告知书 to every enterprise, and the library alone filling the same template with the same words and saving it.

The product reads a template once and renders the text of each letter; the library reads, fills and saves a document each time.
"""

from pathlib import Path
from time import perf_counter
from typing import Any

import docx
from docxtpl import DocxTemplate

from benchmarks.measure import taking_turns
from benchmarks.world import YEAR
from ledger.database import db
from ledger.runs import settlement
from ledger.workdays import today
from reports.parties.letter_template import PATH as TEMPLATE
from reports.tech_branch import letters


def write_letters(database: Path, folder: Path) -> float:
    """Seconds of the product's letters to all, from the database to the files."""
    engine = db.open_engine(f"sqlite:///{database}")
    start = perf_counter()
    with db.reading(engine) as connection:
        run = settlement.choose_run(connection, "tech_branch", YEAR)
        letters.write(connection, run, folder, all=True, until=today())
    seconds = perf_counter() - start
    engine.dispose()
    return seconds


def what_they_say(database: Path) -> list[dict[str, Any]]:
    """The words of every letter."""
    engine = db.open_engine(f"sqlite:///{database}")
    with db.reading(engine) as connection:
        found = list(letters.told_of(connection, settlement.choose_run(connection, "tech_branch", YEAR), today()))
    engine.dispose()
    return found


def fill_alone(said: list[dict[str, Any]], folder: Path) -> float:
    """Seconds in which the library alone writes the same letters."""
    folder.mkdir(exist_ok=True)
    start = perf_counter()
    for one in said:
        letter = DocxTemplate(TEMPLATE)
        letter.render(one, autoescape=True)
        letter.save(folder / f"{one['代码']}.docx")
    return perf_counter() - start


def compare(database: Path, folder: Path, turns: int) -> tuple[int, float, float]:
    """How many letters, and the medians of the product and of the library alone; the first letters must say the same."""
    said = what_they_say(database)
    ours, alone = folder / "告知书", folder / "告知书-library"
    medians = taking_turns(lambda: write_letters(database, ours), lambda: fill_alone(said, alone), turns)
    code = said[0]["代码"]
    (own,) = ours.glob(f"告知书-{code}-*.docx")
    texts = [[one.text for one in docx.Document(str(path)).paragraphs] for path in (own, alone / f"{code}.docx")]
    assert texts[0] == texts[1], "the two letters differ"
    return len(said), *medians
