from . import bosses as bosses
from . import fights as fights
