"""A chain of very many links, each with the receipt of one paper: written in bulk, with the hashes that the program gives."""

import dataclasses
import hashlib
from typing import Any

from sqlalchemy import Engine, func, insert, select

from ledger import models
from ledger.database import db
from ledger.seals import content as sealed
from ledger.seals.content import Part
from ledger.seals.links import last, link

_PAPERS, _STATES, _SEALS, _ROWS = map(
    models.table_of, (models.Paper, models.PaperState, models.Seal, models.SealedRows)
)


def lengthen(engine: Engine, links: int) -> None:
    """Adds links, each over a twin of the newest paper and its state (the bytes of twins are in no store)."""
    with db.writing(engine) as connection:
        paper = dict(connection.execute(select(_PAPERS).order_by(_PAPERS.c.id.desc()).limit(1)).mappings().one())
        newest = select(_STATES).where(_STATES.c.paper_id == paper["id"]).limit(1)
        state = dict(connection.execute(newest).mappings().one())
        state["id"] = connection.execute(select(func.max(_STATES.c.id))).scalar_one()
        content, previous = last(connection)
        assert content is not None
        seal = connection.execute(select(_SEALS).order_by(_SEALS.c.id.desc()).limit(1)).mappings().one()
        written: dict[Any, list[dict[str, Any]]] = {_PAPERS: [], _STATES: [], _SEALS: [], _ROWS: []}
        for number in range(content.seal + 1, content.seal + 1 + links):
            digest = hashlib.sha256(str(number).encode()).hexdigest()
            paper = paper | {"id": paper["id"] + 1, "note_no": f"样例{number}", "sha256": digest}
            state = state | {"id": state["id"] + 1, "paper_id": paper["id"]}
            content = dataclasses.replace(content, seal=number, kind="paper", run=None, parts={}, held={**content.held})
            for table, row in ((_PAPERS, paper), (_STATES, state)):
                columns = sealed.columns(table)
                stored = {name: [_stored(value)] for name, value in row.items()}
                blob = sealed.packed_columns(table, columns, stored)
                part = Part(table.name, columns, row["id"] - 1, row["id"])
                content.parts[table.name] = sealed.with_blob(part, blob)
                content.held[table.name] = (row["id"], content.held[table.name][1] + 1)
                written[table].append(row)
                written[_ROWS].append({"seal_id": number, "table_name": table.name, "digests": blob})
            text = content.text()
            before, previous = previous, link(previous, text)
            written[_SEALS].append(
                {**seal, "id": number, "kind": "paper", "run_id": None, "content": text, "previous_hash": before,
                 "hash": previous}
            )  # fmt: skip
        for table, rows in written.items():
            connection.execute(insert(table), rows)


def _stored(value: Any) -> Any:
    """A value as it lies in the database, which is what a digest is over."""
    return str(value) if hasattr(value, "isoformat") else value
