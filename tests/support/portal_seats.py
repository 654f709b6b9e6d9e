"""People at the portal in their browsers: how they sign in, send a file, take a step of a run; pictures on the way."""

import io
import os
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser

from browser import Seat
from portal_server import Server

PICTURES = "TIEXI_PICTURES"  # a folder: the pictures of the manual are written there
_WAITING = "正在检查"


def password_of(login: str) -> str:
    """What an account changes its initial password to."""
    return f"Xiaoli-2023-{sum(map(ord, login))}"


def _keep(picture: Image.Image, name: str) -> None:
    """With as few colours as a page needs: a third of the bytes."""
    few = picture.convert("RGB").quantize(96, dither=Image.Dither.NONE)
    few.save(Path(os.environ[PICTURES]) / f"{name}.png", optimize=True)


@dataclass
class House:
    """Everybody's browsers at one portal."""

    browser: Browser
    server: Server
    scripts: bool
    seats: dict[str, Seat] = field(default_factory=dict)

    def seat(self, login: str) -> Seat:
        """The account's browser, signed in; at first its initial password is changed."""
        if login not in self.seats:
            seat = self.seats[login] = Seat.take(self.browser, self.server.base, self.scripts)
            self.sign_in(seat, login)
        return self.seats[login]

    def sign_in(self, seat: Seat, login: str) -> None:
        """Signs in from the page that one is sent to."""
        seat.go("/")
        seat.fill(login=login, password=self.server.passwords[login])
        seat.press("登录")
        if seat.page.locator("[name=new_password]").count():
            new = password_of(login)
            seat.fill(password=self.server.passwords[login], new_password=new, repeat=new)
            seat.page.locator("main form button").first.click()
            self.server.passwords[login] = new
            seat.go("/")

    def send(self, login: str, book: Path, **fields: str) -> Seat:
        """Sends a file by the form and waits for the verdict; the file's page stays open."""
        return self._send(login, "/uploads", book, **fields)

    def pay(self, login: str, book: Path) -> Seat:
        """Likewise a filled sheet by the form on the page of the money."""
        return self._send(login, "/money", book)

    def _send(self, login: str, path: str, book: Path, **fields: str) -> Seat:
        seat = self.seat(login)
        seat.go(path)
        seat.page.locator("input[type=file]").set_input_files(book)
        seat.fill(**fields)
        seat.press("上传")
        for _ in range(100):
            if _WAITING not in seat.text():
                break
            seat.page.wait_for_timeout(100)
            seat.page.reload()
        seat.look()
        return seat

    @property
    def pictures(self) -> bool:
        """Whether pictures for the manual are kept this time."""
        return bool(os.environ.get(PICTURES)) and self.scripts

    def picture(self, login: str, name: str) -> None:
        """Keeps a picture of the page for the manual."""
        if self.pictures:
            _keep(Image.open(io.BytesIO(self.seats[login].page.screenshot(full_page=True))), name)

    def printed(self, login: str, path: str, name: str) -> None:
        """Prints a page as its style sheet has it, and keeps the first sheet as a picture for the manual."""
        seat = self.seat(login)
        seat.go(path)
        pdf = seat.page.pdf(prefer_css_page_size=True)
        if os.environ.get(PICTURES):
            _keep(pypdfium2.PdfDocument(pdf)[0].render(scale=1.3).to_pil(), name)

    def on_a_phone(self, login: str, path: str, name: str) -> None:
        """Looks at a page in a window as narrow as a telephone's, and keeps a picture of it for the manual."""
        page = self.seat(login).page
        page.set_viewport_size({"width": 390, "height": 780})
        self.seats[login].go(path)
        if os.environ.get(PICTURES):
            _keep(Image.open(io.BytesIO(page.screenshot())), name)
        page.set_viewport_size({"width": 1366, "height": 768})

    @property
    def wrong(self) -> list[str]:
        """What was wrong on any page, whoever looked at it."""
        return list(dict.fromkeys(one for seat in self.seats.values() for one in seat.wrong))

    def leave(self) -> None:
        """All close their browsers."""
        for seat in self.seats.values():
            seat.leave()
