from . import fights as fights
from . import legends as legends
from . import world_bosses as world_bosses
