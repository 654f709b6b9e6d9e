"""Two years at a portal: phases in their order; within a phase everybody works at the same time."""

import random
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time
from functools import partial
from itertools import groupby
from pathlib import Path
from time import sleep

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from ledger.accounts import accounts, factors, managing, tokens
from ledger.database import db
from portal_server import Server, command
from portal_world import Person
from quick import cheap_passwords
from stress.rehearsal import corrections, farms, looks, mistakes, money, paperwork, reporting, settling
from stress.rehearsal.clock import Clock
from stress.rehearsal.paperwork import Due
from stress.rehearsal.people import Desk, Stuck, Told, shown
from stress.rehearsal.plan import BANKS, COUNTY_OF, OFFICES, PEOPLE, STAFF, TODAY, Year

FACTORS = ("approver", "finance")  # who has a second factor
Paid = tuple[Desk, Desk, money.Row]
_OPEN = time(9, 0)
_ANSWERS = 250  # of the smallest rehearsal: the kills fall among so many
_CLOCK_MODULE = Path(__file__).with_name("clock.py")


class Killer(threading.Thread):
    """Kills the portal after a random number of answers, and starts it again; so many times in all, if it lives that long, and
    never twice before somebody had an answer."""

    def __init__(self, server: Server, told: Told, seed: int, kills: int) -> None:
        super().__init__(daemon=True)
        self.server, self.told, self.kills = server, told, 0
        pick = random.Random(f"{seed} killer")
        self._at = sorted(pick.randrange(_ANSWERS) for _ in range(kills))
        self._pick, self._ended = pick, threading.Event()

    def run(self) -> None:
        answered = 0
        for at in self._at:
            while self.told.total < max(at, answered + 1):
                if self._ended.wait(0.05):
                    return
            if self._ended.wait(self._pick.uniform(0, 0.3)):
                return
            self.server.stop(signal.SIGKILL)
            answered = self.told.total
            self.server.start()
            self.kills += 1

    def end(self) -> None:
        """No more kills; waits until the last one is over."""
        self._ended.set()
        self.join()


class Rehearsal:
    """The years, the portal and everybody at it."""

    def __init__(self, years: Sequence[Year], url: str, folder: Path, seed: int, wild: float = 1) -> None:
        self.years, self.folder, self.seed, self.told, self.kills = years, folder, seed, Told(), 0
        self.clock = Clock(folder / "clock")
        self.server = Server(
            url, folder, {"dormant_days": "3650", "password_days": "0"},
            program=(str(_CLOCK_MODULE), str(self.clock.file)),
        )  # fmt: skip
        mistakes.OWNERS.clear()
        paperwork.SENT.clear()
        self.farms = farms.plan(seed, max(3, sum(len(year.expected["lines"]) for year in years) // 20))
        self.desks = {login: Desk(person, self.server, self.told, seed, wild) for login, person in PEOPLE.items()}

    def live(self, kills: int = 0) -> None:
        """The whole of it."""
        self._move_to(TODAY[self.years[0].year])
        cheap_passwords()  # nobody signs in
        with self.clock.in_force():
            command(self.server.database, "init")
            self.server.start()
            self._accounts(OFFICES)
            self._factors()
            killer = Killer(self.server, self.told, self.seed, kills)
            killer.start()
            try:
                for year in self.years:
                    self._year(year)
            except Stuck:
                pass
            finally:
                killer.end()
                for desk in self.desks.values():
                    desk.leave()
            self.kills = killer.kills
            if self.server.stop() != 0:
                self.told.wrong(f"the portal did not end in order: {self.server.said[-500:]}")

    def _accounts(self, people: Sequence[Person]) -> None:
        """Whoever keeps the server makes accounts, each with a token."""
        engine = db.open_engine(self.server.database)
        for one in people:
            managing.add(engine, one.login, one.name, one.unit, role=one.role, scope=one.scope or None)
            _, self.server.tokens[one.login] = tokens.add(engine, one.login, "测试", days=366)
        engine.dispose()

    def _factors(self) -> None:
        """Who approves and who allots have a second factor, of which each request that changes anything shows a new code."""
        key = (self.folder / "portal.key").read_bytes()
        engine = db.open_engine(self.server.database)
        for login in FACTORS:
            secret = factors.made_up()
            with managing.sealed(engine) as connection:
                account = accounts.get(connection, login)
                factors.keep(connection, account.id, secret, key)
                managing.note(connection, account.id, "totp", account)
            self.desks[login].code = partial(self._code, TOTP(secret, factors.DIGITS, SHA1(), factors.STEP_SECONDS))
        engine.dispose()

    def _code(self, made: TOTP) -> str:
        """A code that was not used: time goes on for it."""
        return made.generate(int(self.clock.step_on(factors.STEP_SECONDS).timestamp())).decode()

    def _move_to(self, day: date) -> None:
        self.clock.move_to(datetime.combine(day, _OPEN))

    def _together(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Everybody at the same time; a person who cannot go on is a problem."""
        with ThreadPoolExecutor(max(1, len(tasks))) as pool:
            for task in [pool.submit(task) for task in tasks]:
                try:
                    task.result()
                except Stuck:
                    pass
                except (AssertionError, KeyError, ValueError, TypeError, IndexError) as error:
                    self.told.wrong(f"broke off: {type(error).__name__} {error}")

    def _year(self, year: Year) -> None:
        today = TODAY[year.year]
        for day, own in groupby(year.papers, key=lambda due: due.on):
            self._move_to(day)
            self._send_papers(list(own))
        self._move_to(today)
        self._report(year)
        if year is self.years[-1]:
            self._together([lambda: farms.live(self.desks, self.farms, self.folder, today)])
        run = self._settle(year)
        self._pay(year, run, today)
        self._close(year, run)

    def _send_papers(self, papers: Sequence[Due]) -> None:
        """The papers of a day: each bank's clerk sends its own."""

        def one_bank(login: str, own: Sequence[Due]) -> None:
            for due in own:
                paperwork.send(self.desks[login], self.desks[login.replace("clerk", "reviewer")], due)

        self._together(
            [
                lambda number=number, bank=bank: one_bank(
                    f"clerk-{number}", [due for due in papers if due.bank == bank]
                )
                for number, bank in enumerate(BANKS)
                if any(due.bank == bank for due in papers)
            ]
        )

    def _report(self, year: Year) -> None:
        desks = self.desks
        self._together(
            [
                lambda login=login, parcels=parcels: reporting.report(desks[login], desks[login], parcels, self.folder)
                for login, parcels in year.registers.items()
            ]
        )
        if year is self.years[0]:
            self._accounts(STAFF)
        self._together([lambda: corrections.by_mistake(desks["city"], desks["city2"], self.folder, year.year)])
        self._stale = settling.trial(desks["city"], year)
        self._together(
            [
                lambda login=login, parcels=parcels: reporting.report(
                    desks[login],
                    desks[login.replace("clerk", "reviewer")],
                    parcels,
                    self.folder,
                    desks["city2"] if login.startswith("clerk") else None,
                )
                for login, parcels in year.reports.items()
            ]
        )
        self._together(
            [
                lambda login=login, parcels=parcels: reporting.report(
                    desks[login], desks["city2"], parcels, self.folder
                )
                for login, parcels in year.decisions.items()
            ]
        )

    def _settle(self, year: Year) -> int:
        desks, today = self.desks, TODAY[year.year]
        if settling.lines_of(desks["city"], self._stale) != year.expected["lines"]:  # news have come since
            for county in settling.signing_counties(year):
                document = {"document": "样例初审"}
                settling.refused(desks[county], "a stale trial signed", f"/runs/{self._stale}/sign", document)
        run = settling.trial(desks["city"], year)
        given = {"document": "样例审0号", "date": today.isoformat()}
        settling.refused(desks["approver"], "approved unsigned", f"/runs/{run}/approve", given)
        settling.refused(desks["finance"], "allotted before it is approved", f"/runs/{run}/allot", given)
        everybody = [*settling.SIGNERS, *(person.login for person in STAFF), "city", "auditor", "finance"]
        self._together(
            [lambda login=login: settling.compare(desks[login], run, year.expected) for login in everybody]
            + [lambda: settling.check(desks["city2"], run)]
        )
        signers = settling.signing_counties(year)
        self._together([lambda login=login: settling.sign(desks[login], run, year.year) for login in signers])
        answer = desks["approver"].ask(
            "a wrong code", "POST", f"/runs/{run}/approve", json=given, headers={"TOTP": "1"}
        )
        desks["approver"].expect("a wrong code", answer, 403)
        settling.approve(desks, run, year.year, today)
        self._look(year, run, today)
        settling.allot(desks, run, year.year, today)
        return run

    def _look(self, year: Year, run: int, today: date) -> None:
        """What is looked at once a run is approved, and what enterprises say of it."""
        desks, lines = self.desks, year.expected["lines"]
        same = settling.lines_of(desks["city"], self._stale) == lines
        if year is self.years[-1]:
            self._together(
                [
                    lambda: looks.around(desks, run, year.year),
                    lambda: looks.of_a_line(desks, run, lines[0]),
                    lambda: looks.against_another(desks["auditor"], self._stale, run, same),
                    lambda: looks.sent_back(desks["city2"], run),
                ]
            )
        home = [line for line in lines if line["county"] in COUNTY_OF.values()]
        if home:
            self._together([lambda: corrections.objected(desks, run, year.year, home[-1], today, self.folder)])

    def _pay(self, year: Year, run: int, today: date) -> None:
        desks = self.desks
        rows = money.rows_to_pay(desks["finance"], year.year)
        for county, login in {county: login for login, county in COUNTY_OF.items()}.items():
            own = money.rows_to_pay(desks[login], year.year)
            if own != [row for row in rows if row["区市"] == county]:
                self.told.wrong(f"{login} sees other payments than its county's")
        settling.refused(desks["approver"], "closed before it is paid", f"/runs/{run}/close", {"document": "样例"})
        files = money.files(rows, year.year, today)
        paid: list[Paid] = []

        def pay(login: str, own: list[money.Row], leg: int) -> None:
            sender, confirmer = desks[login], desks[login.replace("clerk", "reviewer")]
            upload = money.pay(sender, confirmer, own, year.year, leg)
            if leg == money.BY_BANK:
                paid.append((sender, confirmer, upload))

        for leg in sorted({leg for leg, _, _ in files}):
            self._together(
                [lambda login=login, own=own, leg=leg: pay(login, own, leg) for at, login, own in files if at == leg]
            )
        self._together([lambda: corrections.taken_back(desks, year.year, today, paid)])
        money.all_arrived(desks["auditor"], year.year, year.expected)

    def _close(self, year: Year, run: int) -> None:
        desks = self.desks
        settling.refused(desks["finance"], "finance closes", f"/runs/{run}/close", {"document": "样例"}, 403)
        desks["approver"].step("closed", f"/runs/{run}/close", {"document": f"样例审〔{year.year + 1}〕9号"})
        if year is self.years[-1]:
            self._together(
                [
                    lambda login=f"clerk-{number}": paperwork.report_of_a_year(desks[login], 2024)
                    for number in range(len(BANKS))
                ]
            )
            paperwork.looked_at(desks["auditor"])
            while (audited := desks["auditor"].ask("audited", "POST", "/audit", json={"papers": True})).status == 429:
                sleep(1)  # one whose answer was lost is still at it
            if audited.status != 200 or audited.json()["problems"] != []:
                self.told.wrong(f"the audit over HTTP: {shown(audited.json())}")
        for login in ("approver", "auditor", "logs", "admin", "industry", "tech"):
            mistakes.some(desks[login], 100)
