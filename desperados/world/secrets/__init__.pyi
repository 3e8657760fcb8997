from .searching import search_area as search_area
from .service import secrets_here as secrets_here
from .service import unlock_secret as unlock_secret
