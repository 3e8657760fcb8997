from .queries import bail_quote as bail_quote
from .queries import most_wanted as most_wanted
from .queries import status as status
from .service import pay_bail as pay_bail
from .service import surrender as surrender
from .staff import pardon as pardon
