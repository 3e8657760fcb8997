from .service import conduct as conduct
from .service import standing_history as standing_history
from .service import standings as standings
