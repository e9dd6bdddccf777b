"""What only an admin can mend. The admins hear of each trouble once, and once when it is over."""

from provisioning.admin.troubles.cloud_check import CloudCheck
from provisioning.admin.troubles.refusals import COMPARISON, Refusals, with_remedy
from provisioning.admin.troubles.told_once import TroubleMessages, Troubles

__all__ = ["COMPARISON", "CloudCheck", "Refusals", "TroubleMessages", "Troubles", "with_remedy"]
