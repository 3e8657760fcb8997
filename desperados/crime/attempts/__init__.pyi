from .accounts import report_crime as report_crime
from .accounts import silence_witness as silence_witness
from .queries import accounts_of_me as accounts_of_me
from .queries import list_crimes as list_crimes
from .queries import my_accounts as my_accounts
from .queries import past_crimes as past_crimes
from .resolving import resolve as resolve
from .service import attempt_crime as attempt_crime
