"""第七条、第十二条: whose money it is and which way it goes: what province and centre give is passed on by the city's treasury."""

from ledger.programmes.flow import CITY_PAYS, CITY_TREASURY, PAYABLE, Item, Leg, Payer

PROVINCE_PAYS = Payer("province", "省级", 3, CITY_TREASURY)
CENTRE_PAYS = Payer("central", "中央", 4, CITY_TREASURY)
PAYERS = (PROVINCE_PAYS, CITY_PAYS, CENTRE_PAYS)
ITEMS = (Item("farm_province", "省级奖补"), Item("farm_city", "市级奖补"), Item("farm_central", "中央奖补"))
_KEYS = tuple(item.key for item in ITEMS)
LEGS = (Leg("city_to_county", "市财政到区市财政", CITY_TREASURY, PAYABLE, _KEYS, ends=_KEYS, reported_by=("finance",)),)
