from .alarms import list_flags as list_flags
from .locks import lock_trade as lock_trade
from .locks import trade_lock as trade_lock
from .locks import unlock_trade as unlock_trade
from .report import economy_report as economy_report
