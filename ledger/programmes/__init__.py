"""The register of programmes: one module per document joins its facts, its policy and its table of lines."""

from ledger.programmes import chokepoint, tech_branch
from ledger.programmes.programme import Programme

PROGRAMMES: dict[str, Programme] = {
    programme.key: programme for programme in (tech_branch.PROGRAMME, chokepoint.PROGRAMME)
}
