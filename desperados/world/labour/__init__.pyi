from .queries import list_work as list_work
from .queries import read_jobs as read_jobs
from .service import work as work
