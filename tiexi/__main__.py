"""The command `tiexi`, and `python -m tiexi`: loads the program. Interrupted while it is still being loaded, it just ends."""

import signal


def main() -> None:
    """Loads the command line and runs it."""
    handler = signal.getsignal(signal.SIGINT)
    ends = handler is signal.default_int_handler  # not where whoever started us has interruptions ignored
    if ends:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from tiexi import cli  # takes most of the start, and prints a call stack when it is interrupted

    if ends:
        signal.signal(signal.SIGINT, handler)
    cli.main()


if __name__ == "__main__":
    main()
