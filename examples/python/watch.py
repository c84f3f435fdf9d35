"""Prints every change of one customer, with gql. After a break it goes on behind the last event it printed."""

import asyncio
import json
import os
import sys

from gql import Client, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportError
from gql.transport.websockets import WebsocketsTransport

if len(sys.argv) != 2:
    sys.exit("usage: watch.py EMAIL, with TOKEN set")

QUERY = """subscription Watch($email: String!, $after: String) {
  customerChanged(by: {identifier: {type: "email", value: $email}}, after: $after) {
    ... on CustomerChanged { cursor reasons changedTraits customer { displayName lastSeenAt } }
    ... on CustomerMerged { cursor absorbed customer { id displayName } }
    ... on CustomerSplit { cursor customer { id } created { id } }
    ... on ResyncRequired { reason }
  }
}"""


async def watch(variables):
    transport = WebsocketsTransport(
        url=os.environ.get("KITH", "http://127.0.0.1:8080").replace("http", "ws", 1) + "/graphql",
        init_payload={"Authorization": "Bearer " + os.environ["TOKEN"]},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )
    async with Client(transport=transport) as session:
        request = gql(QUERY)
        request.variable_values = variables
        async for event in session.subscribe(request):
            change = event["customerChanged"]
            variables["after"] = change.get("cursor", variables["after"])
            print(json.dumps(change), flush=True)


async def main():
    variables = {"email": sys.argv[1], "after": None}
    wait = 0.1
    while True:
        try:
            await watch(variables)
            return
        except (TransportConnectionFailed, TransportError, OSError) as error:
            print(error, file=sys.stderr)
        await asyncio.sleep(wait)
        wait = min(2 * wait, 30)


asyncio.run(main())
