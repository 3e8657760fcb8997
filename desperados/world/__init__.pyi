from .calendar import read_clock as read_clock
from .gates import read_gate as read_gate
from .service import get_content as get_content
from .service import list_content as list_content
from .service import list_kinds as list_kinds
