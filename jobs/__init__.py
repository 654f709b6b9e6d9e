"""The clock: scheduled jobs live here. They call the same functions as the command line, never the other way round."""
