"""Workbooks that come back: read, recognised, compared with a fresh export, marked."""
