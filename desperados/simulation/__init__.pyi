from .faults import Fault as Fault
from .runner import simulate as simulate
from .setup import Setup as Setup
from .summary import Broken as Broken
from .summary import Summary as Summary
