"""Second factors: codes that an app on the owner's phone shows (TOTP, RFC 6238: SHA-1, six digits, a new one every 30 seconds).

A code is good in its own step and in the one before and after it, since clocks of phones go wrong by seconds and typing takes
some; each counts once, and none that is older than the last one used. The secret is kept encrypted with SM4-GCM under the
portal's key file, bound to its account, so that a row that is copied to another account opens nothing.
"""

import base64
import hmac
import re
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from ledger import models, workdays
from ledger.accounts import accounts, rights, session_ends
from ledger.accounts.accounts import RETIRED, Account
from ledger.accounts.limits import USUAL, Limits
from ledger.accounts.roles import MANAGERS
from ledger.database import db
from ledger.errors import EnvironmentFailed
from ledger.workdays import now

STEP_SECONDS, DIGITS, WINDOW = 30, 6, 1  # window: steps before and after
FRESH = timedelta(minutes=10)  # for so long after a code it is not asked again
_MISSING = "没有安装 cryptography，不能处理第二因素；请运行 pip install 'tiexi[portal]'"
# what it is asked again for; of uploads, only payments
ASKED_AGAIN = (
    "runs.approve",
    "runs.allot",
    "runs.close",
    "uploads.confirm",
    "entries.reverse",
    "users.grant",
    "tokens.add",
)
APPROVERS, ALL, OFF = "approvers", "all", "off"  # whom the setting portal.totp names
_SECRET_BYTES = 20
_NONCE_BYTES, _TAG_BYTES = 12, 16
_CODE = re.compile(r"[0-9]{6}")
_TABLE = models.table_of(models.AccountFactor)


def must_have(account: Account, named: str) -> bool:
    """Whether an account must have a second factor. named: the setting portal.totp."""
    if named == APPROVERS:
        return account.role in {*rights.roles("runs.approve"), "finance", *MANAGERS}
    return named == ALL


def has_factor(connection: Connection, account_id: int) -> bool:
    """Whether an account has a second factor now."""
    act = models.AccountAct
    kinds = (
        select(act.kind)
        .where(act.account_id == account_id, act.kind.in_(("totp", "reset_totp")))
        .order_by(act.id.desc())
        .limit(1)
    )
    return connection.execute(kinds).scalars().first() == "totp"


def made_up() -> bytes:
    """A secret to begin with."""
    return secrets.token_bytes(_SECRET_BYTES)


def pending(key: bytes, session: str) -> bytes:
    """The secret that a session is shown to set up, the same each time; it is kept nowhere until a code of it was typed.
    session: the 256 random bits that its cookie holds."""
    return hmac.digest(key, f"second factor of {session}".encode(), "sha1")


def secret_text(secret: bytes) -> str:
    """A secret as apps take it when it is typed: Base32."""
    return base64.b32encode(secret).decode()


def address(secret: bytes, login: str, issuer: str) -> str:
    """A secret as apps read it off a picture: otpauth://totp/…"""
    try:
        from cryptography.hazmat.primitives.hashes import SHA1
        from cryptography.hazmat.primitives.twofactor.totp import TOTP
    except ImportError as error:
        raise EnvironmentFailed(_MISSING) from error
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS).get_provisioning_uri(login, issuer)


def keep(connection: Connection, account_id: int, secret: bytes, key: bytes) -> int:
    """Writes an account's new second factor, within the caller's sealed transaction; its number."""
    number = db.next_id(connection, _TABLE)
    kept = _encrypted(secret, account_id, key)
    connection.execute(insert(_TABLE).values(id=number, account_id=account_id, secret=kept, made_at=now()))
    return number


def step_of(secret: bytes, code: str) -> int | None:
    """The step whose code this is, among those that are good now; None where it is no code of the secret."""
    code = re.sub(r"[\s-]", "", code)
    if not _CODE.fullmatch(code):
        return None
    counted, step = _codes(secret), int(workdays.clock().timestamp()) // STEP_SECONDS
    near = sorted(range(step - WINDOW, step + WINDOW + 1), key=lambda one: abs(one - step))
    return next((one for one in near if hmac.compare_digest(counted.generate(one), code.encode())), None)


def use(connection: Connection, account_id: int, code: str, key: bytes) -> bool:
    """Whether a code is an account's, good now and not used; it is then used. Within a write transaction, so that of two
    processes with one code the second finds the row of the first."""
    row = _newest(connection, account_id)
    if row is None or not has_factor(connection, account_id):
        return False
    step = step_of(_decrypted(row.secret, account_id, key), code)
    return step is not None and note_use(connection, row.id, step)


def note_use(connection: Connection, factor_id: int, step: int) -> bool:
    """Writes down the step whose code was used; False where it or a later one was before."""
    table = models.table_of(models.FactorUse)
    of_it = table.c.factor_id == factor_id
    values = {"step": step, "used_at": now()}
    if connection.execute(update(table).where(of_it, table.c.step < step).values(**values)).rowcount:
        return True
    if connection.execute(select(table.c.step).where(of_it)).first() is not None:
        return False
    connection.execute(insert(table).values(factor_id=factor_id, **values))
    return True


def verify_code(engine: Engine, account: Account, code: str, at: str, key: bytes, limits: Limits = USUAL) -> bool:
    """Whether somebody who is in already shows a good code. A wrong one counts as a failed sign-in of that login from that
    address (`at`), and while those bar it no code is good."""
    with db.writing(engine) as connection:
        barred = session_ends.is_barred(connection, account.login, at, limits)
        good = not barred and use(connection, account.id, code, key)
        if not good:
            session_ends.note_try(connection, account.login, at, False)
    return good


def require_key(engine: Engine, key: bytes | None, path: object) -> None:
    """EnvironmentFailed, in words that say what to do, where the key (None: its file is not there) is not the one under which
    the second factors that count were encrypted."""
    with db.reading(engine) as connection:
        closed = []
        for account in accounts.every(connection):
            if account.state == RETIRED or not has_factor(connection, account.id):
                continue
            try:
                if key is None:
                    raise EnvironmentFailed("")
                _decrypted(_newest(connection, account.id).secret, account.id, key)
            except EnvironmentFailed:
                closed.append(account.login)
    if not closed:
        return
    what = "不存在" if key is None else "不是加密这些第二因素时的那一个"
    many = "等" if len(closed) > 5 else ""
    raise EnvironmentFailed(
        f"密钥文件 {path} {what}：{len(closed)} 个账号（{'、'.join(closed[:5])}{many}）的第二因素无法解开。"
        "请从备份恢复密钥文件；确已遗失的，逐个取消第二因素，由本人重新设置",
        "（tiexi user reset-totp 登录名）",
    )


def _newest(connection: Connection, account_id: int) -> Any:
    query = select(_TABLE.c.id, _TABLE.c.secret).where(_TABLE.c.account_id == account_id)
    return connection.execute(query.order_by(_TABLE.c.id.desc()).limit(1)).first()


def _codes(secret: bytes) -> Any:
    try:  # here and not above: only what has to do with second factors needs it
        from cryptography.hazmat.primitives.hashes import SHA1
        from cryptography.hazmat.primitives.twofactor.hotp import HOTP
    except ImportError as error:
        raise EnvironmentFailed(_MISSING) from error
    return HOTP(secret, DIGITS, SHA1())


def _cipher(account_id: int, key: bytes, nonce: bytes, tag: bytes | None = None) -> Any:
    """SM4-GCM under a key drawn from the key file, bound to the account."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError as error:
        raise EnvironmentFailed(_MISSING) from error
    drawn = hmac.digest(key, b"second factors, SM4-GCM", "sha256")[:16]
    cipher = Cipher(algorithms.SM4(drawn), modes.GCM(nonce, tag))
    try:
        found: Any = cipher.decryptor() if tag else cipher.encryptor()
    except UnsupportedAlgorithm as error:
        raise EnvironmentFailed(
            "本机的 cryptography（OpenSSL）没有 SM4-GCM，不能保存第二因素；请换用官方发布的版本"
        ) from error
    found.authenticate_additional_data(f"account {account_id}".encode())
    return found


def _encrypted(secret: bytes, account_id: int, key: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher = _cipher(account_id, key, nonce)
    text: bytes = cipher.update(secret) + cipher.finalize()
    tag: bytes = cipher.tag
    return nonce + text + tag


def _decrypted(kept: bytes, account_id: int, key: bytes) -> bytes:
    """The secret; EnvironmentFailed where it was encrypted under another key."""
    cipher = _cipher(account_id, key, kept[:_NONCE_BYTES], kept[-_TAG_BYTES:])
    from cryptography.exceptions import InvalidTag

    try:
        found: bytes = cipher.update(kept[_NONCE_BYTES:-_TAG_BYTES]) + cipher.finalize()
    except InvalidTag as error:
        raise EnvironmentFailed(
            "第二因素无法解开：密钥文件（portal.key）不是加密它时的那一个；请从备份恢复密钥文件"
        ) from error
    return found
