# SPDX-License-Identifier: Apache-2.0
"""Reads a calendar feed with python3-icalendar and prints what it found, one event a line, for tests/server/schedule/ical.c."""

import sys
from datetime import datetime, timezone

import icalendar

with open(sys.argv[1], "rb") as feed:
    data = feed.read()
assert b"\r\n" in data and max(len(line) for line in data.split(b"\r\n")) <= 75
calendar = icalendar.Calendar.from_ical(data)
assert calendar["VERSION"] == "2.0" and calendar["PRODID"]
zones = {str(zone["TZID"]): zone.to_tz() for zone in calendar.walk("VTIMEZONE")}


def unix(value):
    """By the VTIMEZONE of the feed itself, not by the zone files of this machine."""
    zone = zones[value.params["TZID"]]
    return int(zone.localize(value.dt.replace(tzinfo=None)).astimezone(timezone.utc).timestamp())


for event in calendar.walk("VEVENT"):
    assert isinstance(event["DTSTAMP"].dt, datetime) and event["DTSTAMP"].dt.utcoffset().total_seconds() == 0
    print(
        event["UID"],
        unix(event["DTSTART"]),
        unix(event["DTEND"]),
        event["STATUS"],
        event["SEQUENCE"],
        event["SUMMARY"].replace(" ", "_"),
    )
