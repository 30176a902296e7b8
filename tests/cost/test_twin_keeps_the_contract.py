"""The twin of DynamoDB under the engine's adapters keeps the contract of every other kind.

The tests are those of ``tests/contract``; here they run on the stores of this folder's conftest.
"""

from contract.test_enrolments_contract import *  # noqa: F403
from contract.test_event_log_contract import *  # noqa: F403
from contract.test_mail_counts_contract import *  # noqa: F403
from contract.test_members_contract import *  # noqa: F403
from contract.test_memberships_contract import *  # noqa: F403
from contract.test_send_budget_contract import *  # noqa: F403
from contract.test_stock_contract import *  # noqa: F403
