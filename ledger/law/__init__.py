"""The law: one module and one YAML of dated values per document. Policies know columns, not the database."""
