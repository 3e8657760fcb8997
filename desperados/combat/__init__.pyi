from . import duels as duels
from . import fights as fights
from . import shooting as shooting
from . import tournaments as tournaments
