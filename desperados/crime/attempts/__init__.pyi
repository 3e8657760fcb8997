from .queries import list_crimes as list_crimes
from .queries import my_sightings as my_sightings
from .queries import past_crimes as past_crimes
from .queries import told_of_me as told_of_me
from .resolving import resolve as resolve
from .service import attempt_crime as attempt_crime
from .sightings import report_crime as report_crime
from .sightings import silence_witness as silence_witness
