"""What the user may cause: one exception for judged-and-refused, one for an environment that failed."""


class Refused(Exception):
    """The input was judged and refused; the sentence, in Chinese, says what is wrong and what would be right.

    Exit code 1. Nothing has been changed.
    """


class EnvironmentFailed(Exception):
    """The database or the file system failed, or is not set up; the sentence, in Chinese, says what to do. Exit code 3."""
