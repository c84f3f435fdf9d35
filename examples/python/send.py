"""Sends a sign-up with the SDK that Segment publishes: only the host and the key are Kith's."""

import os

import segment.analytics as kith

kith.write_key = os.environ["WRITE_KEY"]
kith.host = os.environ.get("KITH", "http://127.0.0.1:8080")

kith.identify("katherine", {"name": "Katherine Johnson", "email": "katherine@example.org"})
kith.track("katherine", "Signed Up", {"plan": "free"})
kith.flush()
