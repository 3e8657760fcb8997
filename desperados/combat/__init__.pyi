from . import bosses as bosses
from . import duels as duels
from . import fights as fights
from . import legends as legends
from . import shooting as shooting
from . import tournaments as tournaments
from . import world_bosses as world_bosses
