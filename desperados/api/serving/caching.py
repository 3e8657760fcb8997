"""What need not be sent again, or not in full: tags, times to keep an answer, compression.

Most answers are of one moment and one player, and nobody may keep them (``no-store``, see
``middlewares``). A route whose answers change seldom says how long anybody may keep one; after that
a client asks with the tag of what it has, and gets 304 where nothing has changed.

Only answers to GET are compressed. They hold no token, and nothing that a third party could have
put there to guess the rest by its length.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from http import HTTPStatus

from aiohttp import ETag, hdrs, web
from aiohttp.helpers import ETAG_ANY
from aiohttp.typedefs import Handler

SMALLEST_COMPRESSED = 1024  # bytes: below that a packet is a packet
GZIP = "gzip"


def keep(handler: Handler, seconds: int) -> Handler:
    """``handler``, whose answers anybody may keep for so many seconds."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = await handler(request)
        if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
            return response
        tag = tag_of(response.body)
        if has_already(request, tag):
            response = web.Response(status=HTTPStatus.NOT_MODIFIED)
        response.etag = tag
        response.headers[hdrs.CACHE_CONTROL] = f"public, max-age={seconds}"
        response.headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
        return response

    return answer


class Fixed:
    """A resource that never changes while the process lives; browsers ask whether it did."""

    def __init__(self, body: bytes, content_type: str) -> None:
        self.tag = tag_of(body)
        self._body = body
        self._content_type = content_type
        self._compressed: bytes | None = None

    async def answer(self, request: web.Request) -> web.Response:
        """The resource, compressed where that is taken; or 304."""
        if has_already(request, self.tag):
            response = web.Response(status=HTTPStatus.NOT_MODIFIED)
        else:
            response = web.Response(content_type=self._content_type, charset="utf-8")
            if is_compressible(request, len(self._body)):
                response.body = await self._zipped()
                response.headers[hdrs.CONTENT_ENCODING] = GZIP
            else:
                response.body = self._body
        response.etag = self.tag
        response.headers[hdrs.CACHE_CONTROL] = "no-cache"
        response.headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
        return response

    async def _zipped(self) -> bytes:
        if self._compressed is None:
            self._compressed = await asyncio.to_thread(gzip.compress, self._body)
        return self._compressed


@web.middleware
async def compress(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress large answers to GET for who takes that."""
    response = await handler(request)
    if (
        isinstance(response, web.Response)
        and isinstance(response.body, bytes)
        and response.status == HTTPStatus.OK
        and request.method in {hdrs.METH_GET, hdrs.METH_HEAD}
        and hdrs.CONTENT_ENCODING not in response.headers
    ):
        response.headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
        if is_compressible(request, len(response.body)):
            response.enable_compression(web.ContentCoding.gzip)
    return response


def tag_of(body: bytes) -> ETag:
    """The tag of an answer: weak, for it is the same with and without compression."""
    return ETag(hashlib.sha256(body).hexdigest()[:32], is_weak=True)


def has_already(request: web.Request, tag: ETag) -> bool:
    """Whether the client has what the tag stands for."""
    given = request.if_none_match or ()
    return any(known.value in {tag.value, ETAG_ANY} for known in given)


def is_compressible(request: web.Request, size: int) -> bool:
    """Whether an answer of this size is worth it, and the client takes gzip."""
    return size >= SMALLEST_COMPRESSED and takes_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, ""))


def takes_gzip(accepted: str) -> bool:
    """Whether a header Accept-Encoding takes gzip: named, or meant by ``*``, and not refused."""
    weights: dict[str, str] = {}
    for part in accepted.lower().split(","):
        coding, _, parameter = part.partition(";")
        weights[coding.strip()] = parameter.strip().removeprefix("q=") or "1"
    return weights.get(GZIP, weights.get("*", "0")).strip("0.") != ""
