from .almanac import get_conditions as get_conditions
from .almanac import get_weather as get_weather
from .almanac import list_holidays as list_holidays
from .almanac import set_weather as set_weather
from .calendar import read_clock as read_clock
from .service import get_content as get_content
from .service import list_content as list_content
from .service import list_kinds as list_kinds
