"""The sample behind `tiexi demo`: an invented city, and the workbooks that its people would send in."""
