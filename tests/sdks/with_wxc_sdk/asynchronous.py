"""The SDK's other half: the same calls written again for asyncio, with pages and waiting of their own."""

from __future__ import annotations

import asyncio
from unittest import mock

from wxc_sdk.as_api import AsWebexSimpleApi
from wxc_sdk.as_rest import AsRestError, AsRestSession

from stage import Report, Sandbox

# Posted at once, over several connections.
POSTED, PAGE = 12, 5


def asynchronous_calls(sandbox: Sandbox, report: Report) -> None:
    AsRestSession.BASE = sandbox.api
    asyncio.run(write_and_read(sandbox, report))
    asyncio.run(wait_and_fail(sandbox, report))


async def write_and_read(sandbox: Sandbox, report: Report) -> None:
    async with AsWebexSimpleApi(tokens=sandbox.alice.token) as api:
        room = await api.rooms.create("All at once")
        texts = {f"Line {number}" for number in range(POSTED)}
        await asyncio.gather(*(api.messages.create(room_id=room.id, text=text) for text in texts))
        read = [one async for one in api.messages.list_gen(room.id, max=PAGE)]
        report.equal("async messages.list_gen pages", ({one.text for one in read}, len(read)), (texts, POSTED))
        whole = await api.messages.list(room.id, max=PAGE)
        report.equal("async messages.list is the same", [one.id for one in whole], [one.id for one in read])
        created = [one.created for one in read]
        report.equal("what is posted at once has an order", created, sorted(created, reverse=True))
        await api.rooms.delete(room.id)


async def wait_and_fail(sandbox: Sandbox, report: Report) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with AsWebexSimpleApi(tokens=sandbox.alice.token) as api:
        sandbox.fault("/v1/people/me", "status", code=429, retryAfterSecs=7)
        with mock.patch("wxc_sdk.as_rest.asyncio.sleep", sleep):
            me = await api.people.me()
        report.equal("async 429 waits as long as Retry-After says", (me.person_id, slept), (sandbox.alice.id, [7]))
        try:
            await api.rooms.details("nonsense")
        except AsRestError as error:
            seen = (error.status, error.detail.tracking_id)
            report.equal("async 404 has its tracking id", seen, (404, error.headers["trackingid"]))
        else:
            report.check("async 404 has its tracking id", False)
