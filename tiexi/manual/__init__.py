"""The pages of the manual that are made from the code: `python -m tiexi.manual`.

May import every room; says what the code says of itself, and names no document.
"""
