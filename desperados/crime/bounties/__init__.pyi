from .queries import bounties_on as bounties_on
from .queries import bounty_board as bounty_board
from .queries import my_bounties as my_bounties
from .service import cancel_bounty as cancel_bounty
from .service import post_bounty as post_bounty
from .staff import retract_bounty as retract_bounty
