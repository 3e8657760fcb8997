from .queries import read_exits as read_exits
from .service import travel as travel
