"""The schema's history, run by Alembic: each version as it was released, never changed afterwards.

May import models and database; a version itself imports as little as it can, so that it stays what it was.
"""
