"""The pages of the manual that are made from the code: `python -m tiexi.manual`."""
