from . import fights as fights
