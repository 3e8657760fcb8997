from .counting import Tallies as Tallies
from .counting import add_earned as add_earned
from .counting import has as has
from .counting import new_tally as new_tally
from .counting import progress as progress
from .counting import tallies_of as tallies_of
from .counting import tally as tally
from .goals import achievements as achievements
