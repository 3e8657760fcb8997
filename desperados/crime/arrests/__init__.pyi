from .queries import wanted_here as wanted_here
from .service import arrest_character as arrest_character
