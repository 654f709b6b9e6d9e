"""What the user may cause: one exception for judged-and-refused, one for an environment that failed, one for
a setting that cannot be used."""

import errno
from pathlib import Path

_REASONS = {
    errno.ENOENT: "没有这个路径",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "所在磁盘只读",
    errno.ENOSPC: "磁盘空间不足",
    errno.EDQUOT: "磁盘配额已满",
    errno.EISDIR: "是文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段是文件，不是文件夹",
    errno.EEXIST: "已有同名文件",
    errno.EBUSY: "正被占用",
    errno.ENAMETOOLONG: "名称过长",
    errno.EIO: "磁盘读写出错",
    errno.EFBIG: "文件大小超过上限",
}


def require_plain_target(path: Path) -> None:
    """EnvironmentFailed where something other than a file or folder stands: a device would be replaced by the file."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise EnvironmentFailed(f"文件 {path} 无法写入：是设备或管道，不是文件；请换一个文件名")


def os_reason(error: OSError) -> str:
    """Why the file system failed, in Chinese where the reason is a usual one."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


class _Told(Exception):
    """What went wrong as a sentence in Chinese, and apart from it what to type about it on a command line.

    sentence: understood by whoever reads it on a page. hint: goes on where the sentence ends, punctuation first; only a
    terminal shows it, and `str()` is both.
    """

    def __init__(self, sentence: object = "", hint: str = "") -> None:
        super().__init__(f"{sentence}{hint}")
        self.sentence = str(sentence)
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence}{self.hint}"  # not what it was made from, which another process gets as one text


class Refused(_Told):
    """The input was judged and refused; the sentence, in Chinese, says what is wrong and what would be right.

    Exit code 1. Nothing has been changed.
    """


class NotFound(Refused):
    """What was asked for is not there, or not to be seen by whoever asks: the two must look alike from outside."""


class EnvironmentFailed(_Told):
    """The database or the file system failed, or is not set up; the sentence, in Chinese, says what to do. Exit code 3."""


class Damaged(EnvironmentFailed):
    """A value on file is none that its column can hold: only a hand at the database, or a failing disk, puts it there."""

    def __init__(self, named: str) -> None:
        super().__init__(
            f"数据库 {named} 中有的内容不是所在列应有的值，可能被改动过", "；请运行 tiexi audit 查明，并以备份恢复"
        )


class BadSetting(Exception):
    """A setting that cannot be used; the sentence, in Chinese, names it and where it stands. Exit code 2."""
