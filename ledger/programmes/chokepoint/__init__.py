"""拨投贷保 — 威政办发〔2023〕8号: its law, facts and lines."""
