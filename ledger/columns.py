"""How a column says that there is none: UNKNOWN in columns of money, rates and counts. (Dates have workdays.NO_DATE.)"""

UNKNOWN = -1
