"""科技支行贷款 — 威财金〔2023〕2号: its law, facts, lines and claims."""
