"""The register of reports: what each document has to report, by the key of its programme."""

from collections.abc import Mapping

from reports.chokepoint import contents as chokepoint
from reports.report import Contents
from reports.tech_branch import contents as tech_branch

REPORTS: Mapping[str, Contents] = {"tech_branch": tech_branch.CONTENTS, "chokepoint": chokepoint.CONTENTS}
