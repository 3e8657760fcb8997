from . import fights as fights
from . import world_bosses as world_bosses
