"""特色农产品保险奖补: the words that its sheets know and its law speaks of."""

CLASSES = ("第一类", "第二类", "第三类")
CATEGORIES = ("特色粮经作物", "特色园艺产品", "特色中药材产品", "特色畜产品", "特色水产品", "特色林产品", "其他品种")
CENTRAL = ("范围外", "创新部分", "范围内")  # how a product stands to those that the centre subsidises
INNOVATIVE, WITHIN = CENTRAL[1:]
LEVELS = ("省级", "市级")
VETOES = ("一", "二", "三", "四", "五")  # the items of 第六条
CITY_FUND, CENTRAL_FUND = "特色险市级", "特色险中央"
CLASS_NUMBER = {word: number for number, word in enumerate(CLASSES, start=1)}
