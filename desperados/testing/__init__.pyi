from .crowds import Outcomes as Outcomes
from .crowds import hammer as hammer
from .luck import Luck as Luck
from .worlds import World as World
from .worlds import open_game as open_game
from .worlds import open_world as open_world
