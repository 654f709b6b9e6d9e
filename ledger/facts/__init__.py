"""Facts on file as of a date, as columns, and what must hold between them. Reads tables; knows no document and no file format."""
