from . import notices as notices
from .events import follow_events as follow_events
from .service import create as create
from .service import delete as delete
from .service import get as get
from .service import list_mine as list_mine
from .service import public_profile as public_profile
from .service import require_owned as require_owned
