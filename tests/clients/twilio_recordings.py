"""Recordings through the official client: of a call, and of a conference.

Part of twilio_client.py, which hands over its client and its checks.
"""

import time
import urllib.request

FROM = "+15005550100"
STAYS = '<Response><Pause length="600"/></Response>'


def run(client, checks):
    of_a_call(client, checks)
    of_a_conference(client, checks)


def of_a_call(client, checks):
    equal, refused = checks.equal, checks.refused
    call = client.calls.create(to="+15005550101", from_=FROM, twiml=STAYS)
    mine = client.calls(call.sid)
    refused("a call that rings cannot be recorded", lambda: mine.recordings.create(), 400, 21220)
    checks.eventually("it is answered", lambda: mine.fetch().status == "in-progress")
    begun = mine.recordings.create(recording_channels="dual")
    equal("a recording is begun", (begun.status, begun.channels, begun.source), ("in-progress", 2, "StartCallRecordingAPI"))
    equal("on a call", (begun.call_sid, begun.conference_sid), (call.sid, None))
    time.sleep(2)
    current = mine.recordings("Twilio.CURRENT")
    equal("it is paused", current.update(status="paused", pause_behavior="skip").status, "paused")
    equal("and goes on", current.update(status="in-progress").status, "in-progress")
    equal("it is listed", [one.sid for one in mine.recordings.list()], [begun.sid])
    refused("it cannot be deleted yet", mine.recordings(begun.sid).delete, 409, 20009)
    second = mine.recordings.create()
    refused("which of two has to be said", lambda: current.update(status="paused"), 400, 16108)
    equal("it is stopped", mine.recordings(second.sid).update(status="stopped").status, "stopped")
    equal("by its SID too", mine.recordings(begun.sid).update(status="stopped").status, "stopped")
    one = client.recordings(begun.sid)
    checks.eventually("its file is ready", lambda: one.fetch().status == "completed")
    fetched = one.fetch()
    checks.check("it has a length", int(fetched.duration) >= 1, fetched.duration)
    with urllib.request.urlopen(fetched.media_url + ".wav") as file:
        equal("the file is sound", (file.headers["Content-Type"], file.read(4)), ("audio/x-wav", b"RIFF"))
    checks.check("the account lists it", begun.sid in [each.sid for each in client.recordings.list(call_sid=call.sid)])
    checks.check("it can be deleted", one.delete())
    refused("and is then not found", one.fetch, 404, 20404)
    equal("but kept as deleted", one.fetch(include_soft_deleted=True).status, "deleted")
    mine.update(status="completed")


def of_a_conference(client, checks):
    equal = checks.equal
    name = f"recorded-{time.time_ns()}"
    noun = f'<Conference beep="false" record="record-from-start">{name}</Conference>'
    twiml = f'<Response><Dial>{noun}</Dial><Pause length="600"/></Response>'
    legs = [client.calls.create(to=to, from_=FROM, twiml=twiml) for to in ("+15005550101", "+15005550102")]
    found = checks.eventually(
        "a recorded conference starts",
        lambda: client.conferences.list(friendly_name=name, status="in-progress"),
    )
    room = client.conferences(found[0].sid)
    recordings = room.recordings.list()
    equal("it has one recording", [(one.source, one.channels) for one in recordings], [("Conference", 1)])
    one = room.recordings(recordings[0].sid)
    equal("which is paused", one.update(status="paused").status, "paused")
    equal("and says so", one.fetch().status, "paused")
    equal("and goes on", room.recordings("Twilio.CURRENT").update(status="in-progress").status, "in-progress")
    room.update(status="completed")
    checks.eventually("its file is ready", lambda: one.fetch().status in ("completed", "absent"))
    checks.check("it can be deleted", one.delete())
    for leg in legs:
        client.calls(leg.sid).update(status="completed")
