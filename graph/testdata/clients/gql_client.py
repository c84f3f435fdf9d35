"""gql: a query over HTTP and a subscription over a WebSocket."""
import asyncio
import json
import os

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.websockets import WebsocketsTransport

KITH, HEADERS = os.environ["KITH"], {"Authorization": "Bearer " + os.environ["TOKEN"]}


async def main():
    async with Client(transport=AIOHTTPTransport(url=KITH, headers=HEADERS)) as session:
        answer = await session.execute(gql('{ customer(by: {id: "cus_1"}) { id displayName } }'))
        print(json.dumps(answer, separators=(",", ":")))
    socket = WebsocketsTransport(
        url=KITH.replace("http", "ws"), init_payload=HEADERS, subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL]
    )
    async with Client(transport=socket) as session:
        watch = gql('subscription { customerChanged(by: {id: "cus_1"}) { ... on CustomerChanged { cursor } } }')
        async for event in session.subscribe(watch):
            print(json.dumps(event, separators=(",", ":")))
            break
    print("done")


asyncio.run(main())
