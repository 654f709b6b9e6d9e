"""`python -m tiexi.manual` writes the pages that are made from the code into docs/."""

import sys

from tiexi.manual.pages import main

main(sys.argv[1:])
