"""Who owns what: the only code that changes a balance or the contents of a holder.

from desperados.ledger import items, money

await money.post(money.move(money.wallet(jane), money.wallet(bill), Currency.DOLLARS, 5, ...))
await items.move([Line("whiskey", 3)], from_=items.pack(jane), to=items.pack(bill), ...)
"""
