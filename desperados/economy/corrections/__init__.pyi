from .debts import forgive_debt as forgive_debt
from .debts import list_debts as list_debts
from .staff import adjust as adjust
from .staff import operation as operation
from .staff import reverse as reverse
