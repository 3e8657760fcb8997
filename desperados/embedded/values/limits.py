"""What the imitated server says it is, and how much it takes at once."""

VERSION = "8.0.0"
MAX_WIRE_VERSION = 25

MAX_MESSAGE = 48_000_000
MAX_DOCUMENT = 16 * 1024 * 1024
