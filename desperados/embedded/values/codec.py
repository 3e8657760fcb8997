"""Documents from BSON and to it, with every value as the engine holds it."""

from __future__ import annotations

from typing import Any

import bson
from bson import CodecOptions, DBRef
from bson.codec_options import DatetimeConversion

from desperados.embedded.values.types import Doc

CODEC: CodecOptions[Doc] = CodecOptions(datetime_conversion=DatetimeConversion.DATETIME_AUTO)


def decode(raw: bytes) -> Doc:
    doc: Doc = bson.decode(raw, CODEC)
    # The decoder makes an object of {$ref, $id}; here it is a document like any other.
    return plain(doc) if b"$ref" in raw else doc


def plain(value: Any) -> Any:
    """The value with every DBRef as the document that it is stored as."""
    if isinstance(value, DBRef):
        value = dict(value.as_doc())
    if type(value) is dict:
        return {name: plain(item) for name, item in value.items()}
    if type(value) is list:
        return [plain(item) for item in value]
    return value


def encode(doc: Doc) -> bytes:
    return bson.encode(doc, codec_options=CODEC)
