"""Harnesses that anyone can run for as long as they like: many hands at once, faults at random moments, and
one workbook in every legal writing.

    python -m tests.stress hands --processes 8 --seconds 120 --postgresql
    python -m tests.stress faults --kills 100 --postgresql --report docs/reliability.md
    python -m tests.stress workbooks --seconds 120
    python -m tests.stress rehearsal --seed 7 --minutes 30
    python -m tests.stress uploads --kills 200 --postgresql
    python -m tests.stress large --files 50 --megabytes 64
    python -m tests.stress sign-in --tries 50

Needs the development set-up (make setup). Without --postgresql or --database a fresh SQLite file is used.
"""
