"""Reports of 特色农产品保险奖补: what `contents` declares. May import the ledger and what all reports share.
Nothing is computed anew here: every figure comes from the lines as they were stored.
"""
