"""Paper of 拨投贷保: lines, lists, payment plan, register, returns, explanations, lineage."""
