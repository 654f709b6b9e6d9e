"""What there is to report of 拨投贷保."""

from reports.report import Contents

CONTENTS = Contents(gives={"subsidy": "补助"})
