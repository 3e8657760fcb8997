"""What the documents have beyond the specification, and why. The only place that says so."""

FIELDS: dict[str, dict[str, str]] = {
    "User": {
        "usernameFolded": "usernames are unique without regard to case",
        "tokenVersion": "raising it ends every access token of the account at once",
        "failedLogins": "counts towards the lockout",
        "lastFailedLoginAt": "old failures do not count towards the lockout",
        "lockedUntil": "the end of the lockout",
        "suspendedUntil": "a suspension ends by itself",
        "moderationReason": "told to the account's owner",
        "staffGuard": "the last two admins cannot leave office at once",
        "charactersCreated": "two creations at once meet here, so the limit holds",
    },
    "RefreshToken": {
        "familyId": "one login; a stolen token revokes all that came of the login",
        "generation": "orders the tokens of a family",
        "status": "a rotated token that comes back was stolen",
        "rotatedAt": "when a token was exchanged for its successor",
        "replacedBy": "the successor of a rotated token",
        "revokeReason": "tells a logout from a theft",
        "lastUsedAt": "shown in the list of sessions",
        "familyStartedAt": "a login has a longest life, however often it is refreshed",
        "ip": "shown in the list of sessions",
        "userAgent": "shown in the list of sessions",
    },
    "Character": {
        "ledgerSeq": "last ledger row of each currency, guarded in the balance's own update",
        "nameFolded": "names are unique without regard to case",
        "deletedAt": "a deleted character keeps its history",
        "formerName": "deletion frees the name; staff can still tell who it was",
    },
    "GoldTransaction": {
        "seq": "numbers the rows of a wallet and currency: a gap or a fork is visible",
        "counterparty": "the account on the other side of a movement",
        "operation": "groups the rows of one posting",
    },
    "Investment": {
        "holdId": "where the principal lies until it is redeemed",
        "terms": "what was agreed at the purchase, whatever becomes of the product",
        "payout": "drawn once, when it matures, and paid as drawn",
        "outcome": "tells paid, redeemed early and defaulted apart",
        "closedAt": "when it was redeemed",
    },
    "ResourceExchangeRate": {
        "centsPerUnit": "whole cents; a rate per dollar cannot say a price exactly",
        "eventType": "why the rate moved",
        "volume": "what was bought and sold since the step before, for the chart",
        "number": "orders the rows of a metal, so that no two movements start from the same one",
        "slot": "each step, pull and event moves a rate once",
    },
    "PendingReward": {
        "claimedAt": "a claimed reward stays as the end of its ledger chain",
    },
}

INDEXES: dict[str, dict[str, str]] = {
    "users": {
        "usernameFolded_1": "uniqueness without regard to case",
        "role_1_status_1": "finds the admins in office",
    },
    "refreshtokens": {
        "userId_1_status_1": "the open sessions of an account",
        "familyId_1_status_1": "a family is revoked as a whole",
    },
    "characters": {"nameFolded_1": "uniqueness without regard to case"},
    "goldtransactions": {
        "characterId_1_currency_1_seq_1": "no two rows of a chain have one number",
        "operation_1": "the rows of one posting are read together",
        "characterId_1_createdAt_1__id_1": "pages of the history in a total order",
    },
    "investments": {
        "status_1_maturesAt_1": "what is due to mature",
        "characterId_1_status_1": "counts the active investments of a character",
        "characterId_1_purchasedAt_1__id_1": "pages of the portfolio in a total order",
    },
    "resourceexchangerates": {
        "currency_1_effectiveAt_1__id_1": "the current rate and the pages of its history",
        "currency_1_number_1": "two movements of a rate cannot start from the same one",
        "currency_1_slot_1": "each step, pull and event moves a rate once",
    },
    "pendingrewards": {
        "characterId_1_claimedAt_1_createdAt_1__id_1": "pages of what waits, in a total order",
    },
}

COLLECTIONS: dict[str, str] = {
    "CommandRecord": "the answers of commands with a key, which make them exactly-once",
    "JobClaim": "due work in hand, and work that keeps failing",
    "JobRun": "which periods of periodic work are done",
    "BankAccount": "a character's vault, whose balance the ledger guards",
    "Hold": "money in escrow",
    "Allowance": "limits on money, counted in the transaction of what they limit",
    "InvestmentProduct": "what can be invested in; content",
    "MetalTrade": "the volume of the metal exchange, without a counter that all traders would hit",
    "Reversal": "a posting is taken back once at most",
    "AccountEntry": "the money history of accounts that are no wallets",
}
