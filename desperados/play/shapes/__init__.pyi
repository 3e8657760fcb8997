from .offers import accept_offer as accept_offer
from .offers import decline_offer as decline_offer
from .offers import offers_made as offers_made
from .offers import offers_received as offers_received
from .offers import withdraw_offer as withdraw_offer
from .questions import answer as answer
from .questions import open_questions as open_questions
