"""What one setting may hold: a reader for each kind.

Each takes what an environment variable (text) or a file (text, number, list) may hold; ValueError says what it should have been.
"""

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

DEFAULT_URL = "sqlite:///tiexi.db"
EVERYBODY = "default"  # the recipients of what nobody else is named for


def read_text(raw: Any) -> str:
    """A text on one line that says something."""
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("应为文字，不能为空")
    return raw.strip()


def read_url(raw: Any) -> str:
    """A database's address."""
    if not isinstance(raw, str):
        raise ValueError(f"应为数据库地址，如 {DEFAULT_URL}")
    return raw  # whether it is of use is for the database to say


def read_path(raw: Any) -> Path:
    """A file or folder."""
    return Path(read_text(raw))


def read_word(words: tuple[str, ...]) -> Callable[[Any], str]:
    """A reader of one of some words."""

    def read(raw: Any) -> str:
        found = next((word for word in words if isinstance(raw, str) and raw.strip().casefold() == word.casefold()), "")
        if not found:
            raise ValueError(f"应为以下之一：{'、'.join(words)}")
        return found

    return read


def read_whole(raw: Any, low: int, high: int, expected: str) -> int:
    """A whole number between two."""
    text = str(raw).strip()
    if isinstance(raw, bool) or not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise ValueError(expected)
    return int(text)


def read_port(raw: Any) -> int:
    """A port."""
    return read_whole(raw, 1, 65_535, "应为 1 至 65535 的整数")


def read_days(raw: Any) -> tuple[int, ...]:
    """Numbers of days, the largest first."""
    parts = re.split("[,，、]", raw) if isinstance(raw, str) else raw if isinstance(raw, list) else [raw]
    expected = "应为 0 至 366 的整数，可有几个，如 30, 7, 1"
    return tuple(sorted({read_whole(part, 0, 366, expected) for part in parts}, reverse=True))


_ADDRESS = re.compile(r"[!-~]+@[!-~]+")


def read_mail_address(raw: Any) -> str:
    """An address of mail."""
    text = raw.strip() if isinstance(raw, str) else ""
    if not _ADDRESS.fullmatch(text) or text.count("@") != 1 or set(text) & set(',;<>"'):
        raise ValueError("应为电子邮件地址，如 tiexi@example.org")
    return text


def read_mail_addresses(raw: Any) -> tuple[str, ...]:
    """One or more of them."""
    parts = re.split("[,，、;；]", raw) if isinstance(raw, str) else raw if isinstance(raw, list) else [raw]
    return tuple(dict.fromkeys(read_mail_address(part) for part in parts))


def read_recipients(raw: Any) -> Mapping[str, tuple[str, ...]]:
    """A table of names and their addresses, or, from the environment, the addresses of everybody else."""
    if not isinstance(raw, dict):
        return MappingProxyType({EVERYBODY: read_mail_addresses(raw)})
    found = {}
    for name, part in raw.items():
        try:
            found[name] = read_mail_addresses(part)
        except ValueError as error:
            raise ValueError(f"「{name}」的地址{error}") from error
    return MappingProxyType(found)


def read_count(low: int, high: int) -> Callable[[Any], int]:
    """A reader of a whole number between two."""
    return lambda raw: read_whole(raw, low, high, f"应为 {low} 至 {high} 的整数")


def read_address(raw: Any) -> str:
    """Host and port of what is listened on; an IPv6 address stands in brackets."""
    text = read_text(raw)
    host, _, port = text.rpartition(":")
    name = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    good = name and (":" not in name or host.startswith("[")) and re.fullmatch("[0-9]{1,5}", port)
    if not good or int(port) > 65_535 or re.search(r"[\s/@]", name):
        raise ValueError("应为地址和端口，如 127.0.0.1:8000（端口 0 为任一空闲端口）")
    return text


def read_public(raw: Any) -> str:
    """The https address that people type."""
    text = read_text(raw).rstrip("/")
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?", text):
        raise ValueError("应为 https 地址，不带路径，如 https://tiexi.example.org")
    return text


def read_scheduler(raw: Any) -> str:
    """The address of Dask's scheduler."""
    text = read_text(raw)
    scheme, _, rest = text.partition("://")
    try:
        if scheme not in ("tcp", "tls"):
            raise ValueError
        return f"{scheme}://{read_address(rest)}"
    except ValueError as error:
        raise ValueError("应为调度器的地址，如 tcp://10.1.0.5:8786 或 tls://10.1.0.5:8786") from error


def is_safe_url(text: str) -> bool:
    """Whether an address is https, or of this machine."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1"))
    )


def read_issuer(raw: Any) -> str:
    """The address that an identity provider calls itself by."""
    text = read_text(raw)
    if not is_safe_url(text) or re.search(r"[?#\s@]", text):
        raise ValueError(
            "应为身份服务的 https 地址（issuer），与其自报的一字不差，如 https://id.example.org/realms/shi"
        )
    return text


def read_words(raw: Any) -> tuple[str, ...]:
    """One or more words."""
    parts = re.split("[,，、]", raw) if isinstance(raw, str) else raw if isinstance(raw, list) else [raw]
    return tuple(dict.fromkeys(read_text(part) for part in parts))


def read_networks(raw: Any) -> tuple[str, ...]:
    """Addresses or networks, as they are written."""
    parts = re.split("[,，、;；]", raw) if isinstance(raw, str) else raw if isinstance(raw, list) else [raw]
    texts = tuple(dict.fromkeys(read_text(part) for part in parts))
    for text in texts:
        try:
            ip_network(text)
        except ValueError as error:
            raise ValueError("应为 IP 地址或网段，可有几个，如 127.0.0.1, 10.1.0.0/16") from error
    return texts


def read_solo(raw: Any) -> bool:
    """1 or 0."""
    if raw not in ("0", "1"):
        raise ValueError("应为 1（单人试用）或 0")
    return bool(raw == "1")
