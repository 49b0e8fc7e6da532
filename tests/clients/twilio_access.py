"""Rings an access number of a running service through the official client, and presses the number to call.

Arguments: where the carrier is, its account and token, where the service is, the access number, and a phone it knows.
"""

import sys
import time

from twilio.rest import Client

FRIEND = "+14155550101"
PATIENCE = 60


def eventually(what, look):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if seen := look():
            return seen
        time.sleep(0.1)
    sys.exit(f"never seen: {what}")


def main():
    base_url, account_sid, auth_token, ours, access, known = sys.argv[1:7]
    client = Client(account_sid, auth_token)
    client.api.base_url = base_url
    place = f"{ours}/webhooks/twilio/access"
    client.incoming_phone_numbers.create(
        phone_number=access, voice_url=place, status_callback=f"{place}/status"
    )
    keys = '<Pause length="5"/><Play digits="4155550101#"/><Pause length="300"/>'
    calling = client.calls.create(to=access, from_=known, twiml=f"<Response>{keys}</Response>")
    eventually("the friend answers", lambda: client.calls.list(to=FRIEND, status="in-progress"))

    def both_talk():
        rooms = client.conferences.list(status="in-progress")
        return rooms and len(client.conferences(rooms[0].sid).participants.list()) == 2

    eventually("both are in the room", both_talk)
    client.calls(calling.sid).update(status="completed")
    eventually("nobody is left", lambda: not client.calls.list(status="in-progress"))


if __name__ == "__main__":
    main()
