from . import duels as duels
from . import fights as fights
