"""A thin writer until that of ledger.accounts is there."""

from sqlalchemy import Engine

from ledger.accounts import log


class Later:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def flush(self) -> None:
        pass

    def logged(self, entry: log.Entry) -> None:
        log.add(self._engine, entry)
