from .queries import read_jail as read_jail
from .service import attempt_escape as attempt_escape
from .service import bribe_jailer as bribe_jailer
from .service import prison_labour as prison_labour
from .service import socialize as socialize
