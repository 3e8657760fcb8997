from .service import reputation as reputation
from .service import standing_history as standing_history
from .service import standings as standings
