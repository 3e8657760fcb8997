from .queries import foes_here as foes_here
from .queries import list_fights as list_fights
from .queries import read_fight as read_fight
from .scars import hide_scar as hide_scar
from .scars import list_scars as list_scars
from .service import move as move
from .service import start_encounter as start_encounter
