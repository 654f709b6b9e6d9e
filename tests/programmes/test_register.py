"""The register of documents, and what they declare together: no two of them may mean different things by one word."""

import subprocess
import sys
from collections import Counter

import pytest

from ledger.programmes import DOCUMENTS, PROGRAMMES, chart
from ledger.programmes.flow import PAYABLE, RECEIVABLE


def test_the_register_loads_no_document_before_it_is_asked_for() -> None:
    code = (
        "import sys; from ledger.programmes import PROGRAMMES; "
        "assert list(PROGRAMMES) and 'nothing' not in PROGRAMMES; "
        "print(', '.join(name for name in sys.modules if name.partition('.')[0] in ('sqlalchemy', 'pandas', 'numpy')"
        " or name.startswith('ledger.programmes.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_each_programme_is_registered_under_its_own_key() -> None:
    assert [programme.key for programme in PROGRAMMES.values()] == list(DOCUMENTS)
    assert PROGRAMMES.usual.usual and sum(programme.usual for programme in PROGRAMMES.values()) == 1
    for programme in PROGRAMMES.values():
        assert PROGRAMMES.named(programme.name) is programme
        assert (programme.option == "") == programme.usual
    with pytest.raises(KeyError):
        PROGRAMMES.named("没有的办法")
    with pytest.raises(KeyError):
        PROGRAMMES["nothing"]


def test_items_and_their_names_are_of_one_programme() -> None:
    items = [item for programme in PROGRAMMES.values() for item in programme.items]
    for words in ([item.key for item in items], [item.name for item in items]):
        assert max(Counter(words).values()) == 1
    assert list(chart.item_names()) == [item.key for item in items]


def test_legs_carry_what_their_programme_pays_and_end_with_whom_it_is_for() -> None:
    for programme in PROGRAMMES.values():
        items = {item.key for item in programme.items}
        for leg in programme.legs:
            assert {*leg.items} <= items
            assert {*leg.bank, *leg.enterprise, *leg.ends} <= {*leg.items}
        arrived = {
            item
            for leg in programme.legs
            for item in leg.items
            if not leg.returns and leg.target_of(item).key == PAYABLE.key
        }
        assert arrived == items


def test_a_kind_of_leg_has_one_name_and_banks_report_on_one() -> None:
    names = {(way.leg.kind, way.leg.name) for way in chart.ways()}
    assert len(names) == len({kind for kind, _ in names}) == len({name for _, name in names})
    assert sum(way.leg.receipts for way in chart.ways()) == 1
    assert [way.leg.returns for way in chart.ways()] == sorted(way.leg.returns for way in chart.ways())


def test_accounts_differ_in_key_name_and_subject() -> None:
    accounts = list(chart.accounts().values())
    for words in ([one.key for one in accounts], [one.name for one in accounts], [one.subject for one in accounts]):
        assert max(Counter(words).values()) == 1
    assert chart.in_hand() == ("city_treasury", "county_treasury", "county_regulator", "bank")
    assert {PAYABLE.key, RECEIVABLE.key} <= set(chart.accounts()) - set(chart.in_hand())
