#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# The teacher of a lesson of simulated classrooms, and its judge: gives, takes and mutes by HTTP, and finds in what the
# classrooms report (client/simulator/hearing.h) who heard whose tone, and when. Nothing may be heard by anybody for
# whom it is not.
#   tones.py STEP FOLDER   FOLDER has the reports, *.heard; each step prints its figures, and fails by an exception
import glob
import json
import os
import sys
import time
import urllib.request

RELAY = "http://127.0.0.1:8080"
LESSON = "/api/v1/lessons/demo"

# What the lesson's people may wait for, seconds.
HEARD_S = 0.5
LARGE_S = 3.0
SILENT_S = 0.1
BACK_S = 5.0

# A report of an end comes half a second after it; whatever still comes then should not.
SETTLED_S = 1.2


def ask(method, path, body=None, token=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(RELAY + path, data=data, method=method)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", "Bearer " + token)
    with urllib.request.urlopen(request, timeout=5) as reply:
        text = reply.read()
        return json.loads(text) if text else None


class Lesson:
    def __init__(self, folder):
        self.folder = folder
        self.token = ask("GET", "/demo.json")["teacher_token"]

    def document(self):
        return ask("GET", LESSON, token=self.token)

    def keys(self):
        return [row["id"] for row in self.document()["classrooms"]]

    # When it was sent, and when it was answered.
    def act(self, what, body):
        sent = time.time()
        ask("POST", f"{LESSON}/{what}", body, self.token)
        return sent, time.time()

    def floor(self, *keys):
        return self.act("floor", {"classrooms": list(keys)})

    # All that was reported, of each classroom in the order in which it was: an end is told later than it was. A line
    # that is still being written is left out.
    def reports(self):
        lines = []
        for path in sorted(glob.glob(self.folder + "/*.heard"), key=os.path.getmtime):
            with open(path, encoding="utf-8") as file:
                lines += [json.loads(line) for line in file if line.endswith("\n")]
        return lines

    # When each classroom began to hear `key`, at or after `since`.
    def began(self, key, since):
        heard, began = {}, {}
        for line in self.reports():
            if "heard" not in line:
                continue
            room = line["classroom"]
            if key in line["heard"] and key not in heard.get(room, []) and line["t"] >= since:
                began.setdefault(room, line["t"])
            heard[room] = line["heard"]
        return began

    # When each classroom heard `key` for the last time, at or after `since`.
    def ended(self, key, since):
        heard, ended = {}, {}
        for line in self.reports():
            if "heard" not in line:
                continue
            room = line["classroom"]
            if key not in line["heard"] and key in heard.get(room, []) and line["t"] >= since:
                ended[room] = line["t"]
            heard[room] = line["heard"]
        return ended

    # What each hears now.
    def now(self):
        heard = {}
        for line in self.reports():
            if "heard" in line:
                heard[line["classroom"]] = line["heard"]
        return {room: keys for room, keys in heard.items() if keys}

    # When each classroom had the large picture of a floor, or its end, at or after `since`.
    def pictures(self, floor, picture, since):
        found = {}
        for line in self.reports():
            if line.get("floor") == floor and line["picture"] == picture and line["t"] >= since:
                found.setdefault(line["classroom"], line["t"])
        return found


def until(seconds, what, holds):
    deadline = time.time() + seconds
    while True:
        value = holds()
        if value:
            return value
        if time.time() > deadline:
            raise AssertionError(f"{what} did not come within {seconds} s")
        time.sleep(0.05)


def milliseconds(times, since):
    waits = sorted((t - since) * 1000 for t in times)
    return waits[max(0, -(-len(waits) * 95 // 100) - 1)], waits[-1]


class TooSlow(AssertionError):
    pass


# Waits until all others hear it: figures.
def expect_heard(lesson, key, since, others, limit_s, what):
    try:
        began = until(limit_s + 3, f"{what}: the tone", lambda: (lambda b: b if set(b) >= set(others) else None)(
            lesson.began(key, since)))
    except AssertionError as failure:
        deaf = [room for room in others if room not in lesson.began(key, since)]
        raise AssertionError(f"{failure}: not at {deaf}, tone {key}, hearing now {lesson.now()}") from None
    p95, worst = milliseconds([began[room] for room in others], since)
    if worst > limit_s * 1000:
        raise TooSlow(f"{what}: heard after {worst:.0f} ms")
    assert key not in began, f"{what}: it heard itself"
    print(f"figure: {what}: heard after p95 {p95:.0f} ms (worst {worst:.0f})")


# Gives the floor to `after` instead of `before`, so that `key` is heard. A machine that is busy with other things may be
# late once or twice; one that is late each time is too slow. Returns when it was asked for.
def grant(lesson, before, after, key, others, what):
    for attempt in range(3):
        sent, _ = lesson.floor(*after)
        try:
            expect_heard(lesson, key, sent, others, HEARD_S, what)
            return sent
        except TooSlow as slow:
            if attempt == 2:
                raise
            print(f"once more: {slow}")
            lesson.floor(*before)
            time.sleep(SETTLED_S)


def expect_silent(lesson, key, since, others, what):
    time.sleep(SETTLED_S)
    ended = lesson.ended(key, since - HEARD_S)
    missing = set(others) - set(ended)
    assert not missing, f"{what}: {len(missing)} classrooms go on hearing it"
    worst = max((ended[room] - since) * 1000 for room in others)
    assert worst <= SILENT_S * 1000, f"{what}: last packet after {worst:.0f} ms"
    print(f"figure: {what}: last voiced packet {worst:+.0f} ms from the answer")


def expect_exactly(lesson, expected, what):
    now = lesson.now()
    assert now == expected, f"{what}: {now} instead of {expected}"


# The reports of a classroom follow the roster: 1 to 15 behave, 16 and 17 send whoever has the floor, 18 is alone.
def roles(lesson):
    keys = lesson.keys()
    return keys, keys[1], keys[15]


def everybody_else(keys, *but):
    return [key for key in keys if key not in but]


def step_ready(lesson):
    keys = until(20, "every classroom", lambda: (lambda rows: [r["id"] for r in rows] if rows and all(
        r["publishing"] and r["present"] for r in rows) else None)(lesson.document()["classrooms"]))
    time.sleep(SETTLED_S)
    assert len(keys) == 18
    assert not lesson.reports(), "something was heard or seen before anybody had the floor"


def step_floor(lesson):
    keys, one, rude = roles(lesson)
    others = everybody_else(keys, one)
    sent = grant(lesson, [], [one], one, others, "grant")
    seen = until(LARGE_S, "the large picture", lambda: (lambda p: p if set(p) >= set(others) else None)(
        lesson.pictures(0, "large", sent)))
    print(f"figure: grant: large picture after {milliseconds(seen.values(), sent)[1]:.0f} ms at most")
    assert one not in seen, "it saw itself"
    expect_exactly(lesson, {key: [one] for key in others}, "one has the floor")

    grant(lesson, [one], [one, rude], rude, everybody_else(keys, rude), "dialogue")
    expected = {key: sorted([one, rude], key=keys.index) for key in everybody_else(keys, one, rude)}
    expect_exactly(lesson, expected | {one: [rude], rude: [one]}, "two have the floor")

    _, answered = lesson.floor(one)
    expect_silent(lesson, rude, answered, everybody_else(keys, rude), "revoked, goes on sending")
    gone = lesson.pictures(1, None, answered - HEARD_S)
    assert set(gone) == set(everybody_else(keys, rude)), "its picture is still seen"
    worst = (max(gone.values()) - answered) * 1000
    assert worst <= SILENT_S * 1000, f"its picture ended after {worst:.0f} ms"
    _, answered = lesson.floor()
    expect_silent(lesson, one, answered, others, "revoked")
    expect_exactly(lesson, {}, "nobody has the floor")


def step_mute(lesson):
    keys, one, rude = roles(lesson)
    others = everybody_else(keys, rude)
    grant(lesson, [], [rude], rude, others, "grant to one that sends already")
    _, answered = lesson.act("mute", {"classroom": rude, "muted": True})
    expect_silent(lesson, rude, answered, others, "muted, goes on sending")
    assert not lesson.pictures(0, None, answered), "muting took its picture"
    sent, _ = lesson.act("mute", {"classroom": rude, "muted": False})
    expect_heard(lesson, rude, sent, others, HEARD_S, "no longer muted")
    _, answered = lesson.floor()
    expect_silent(lesson, rude, answered, others, "revoked once more")
    expect_exactly(lesson, {}, "nobody has the floor")


# Two have the floor when the relay dies: see step_restarted.
def step_before_restart(lesson):
    keys, one, _ = roles(lesson)
    grant(lesson, [], [one], one, everybody_else(keys, one), "grant")
    grant(lesson, [one], [one, keys[6]], keys[6], everybody_else(keys, keys[6]), "dialogue")


# `since`: when the new relay served. A gap that is too short for an end to be told is no gap in the reports.
def step_restarted(lesson, since):
    since = float(since)
    keys, one, _ = roles(lesson)
    assert lesson.document()["floor"] == [one, keys[6]], lesson.document()["floor"]
    expected = {key: sorted([one, keys[6]], key=keys.index) for key in everybody_else(keys, one, keys[6])}
    expected |= {one: [keys[6]], keys[6]: [one]}
    time.sleep(SETTLED_S)
    until(BACK_S + 3, "everything as it was", lambda: lesson.now() == expected)
    worst = max(list(lesson.began(one, since).values()) + list(lesson.began(keys[6], since).values()) + [since]) - since
    assert worst <= BACK_S, f"all back after {worst:.1f} s"
    print(f"figure: relay killed: who has the floor heard by all again after {worst * 1000:.0f} ms")


def step_lone(lesson):
    keys = lesson.keys()
    grant(lesson, [], [keys[17]], keys[17], keys[:17], "grant to the lone one")


# It was killed: nobody hears it, and the floor stays its own.
def step_lone_gone(lesson):
    until(2, "silence", lambda: not lesson.now())
    assert lesson.document()["floor"] == [lesson.keys()[17], None], lesson.document()["floor"]


# `since`: when its program was started again.
def step_lone_back(lesson, since):
    keys = lesson.keys()
    assert lesson.document()["floor"] == [keys[17], None], lesson.document()["floor"]
    expect_heard(lesson, keys[17], float(since), keys[:17], BACK_S, "classroom killed and back")
    lesson.floor()
    time.sleep(SETTLED_S)


globals()["step_" + sys.argv[1].replace("-", "_")](Lesson(sys.argv[2]), *sys.argv[3:])
