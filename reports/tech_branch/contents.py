"""What there is to report of 科技支行贷款."""

from reports.report import Contents

CONTENTS = Contents(gives={"interest": "贴息", "bonus": "奖补"})
