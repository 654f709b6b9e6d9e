"""Where a figure came from and where a row went: shared by explanations and `trace`."""
