"""Paper of 科技支行贷款: lines, annexes, claims, check list, explanations, lineage."""
