"""The register of programmes: one module per document joins its facts, its policy and its table of lines."""

from ledger.programmes.chokepoint import programme as chokepoint
from ledger.programmes.programme import Programme
from ledger.programmes.tech_branch import programme as tech_branch

PROGRAMMES: dict[str, Programme] = {
    programme.key: programme for programme in (tech_branch.PROGRAMME, chokepoint.PROGRAMME)
}
