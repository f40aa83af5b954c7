"""The stand-in reads whole requests, however they arrive."""

import asyncio
from itertools import pairwise

from tests.wire.openrouter import OpenRouterStandIn

BOUNDARY = b"a-boundary-of-some-length-as-aiohttp-makes-it"
PICTURE = bytes(range(256)) * 256
FORM = (
    b'--%b\r\nContent-Disposition: form-data; name="files[0]"; filename="chart.png"\r\n\r\n%b\r\n'
    b'--%b\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n{"nonce": "1"}\r\n--%b--\r\n'
) % (BOUNDARY, PICTURE, BOUNDARY, BOUNDARY)
HEAD = (
    b"POST /api/v1/anything HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
    b"Content-Type: multipart/form-data; boundary=%b\r\nConnection: close\r\n\r\n"
) % (len(FORM), BOUNDARY)


async def test_form_in_small_chunks() -> None:
    """A chunk may be shorter than the boundary."""
    start = FORM.index(PICTURE)
    cuts = [0, start + 8192, start + 8202, len(FORM)]
    async with OpenRouterStandIn(b"{}") as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD)
        for begin, end in pairwise(cuts):
            for _ in range(20):  # so that everything before it has been read
                await asyncio.sleep(0)
            writer.write(FORM[begin:end])
        await reader.read()
        writer.close()
        await writer.wait_closed()

    (received,) = server.requests
    assert [("chart.png", PICTURE)] == [(file.filename, file.data) for file in received.files]
    assert {"nonce": "1"} == received.json
