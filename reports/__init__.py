"""Paper out and paper back in: each report is a function from stored lines to typed rows; one module writes workbooks."""
