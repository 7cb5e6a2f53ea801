"""Runs the examples of the client against a sandbox, each with what it needs of its world.

usage: run.py --base ORIGIN --examples FOLDER [NAME...]     all of them if none is named

An example that ends with anything but 0, or that this file does not know, is a failure.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# An example makes a handful of calls, each answered at once.
EXAMPLE_TIMEOUT_SECONDS = 30
ERROR_SHOWN_CHARS = 600


class Sandbox:
    """A running sandbox, and what the examples have to be told about its world."""

    def __init__(self, origin):
        self.origin = origin
        self.base = f"{origin}/v1"

    def ask(self, method, path, body=None, token="sandbox-alice", base=None):
        request = urllib.request.Request((base or self.base) + path, method=method)
        request.add_header("Authorization", f"Bearer {token}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        with urllib.request.urlopen(request, timeout=EXAMPLE_TIMEOUT_SECONDS) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def administer(self, path, body):
        return self.ask("POST", f"/_sandbox{path}", body, base=self.origin)

    def room(self):
        rooms = self.ask("GET", "/rooms?max=1000")["items"]
        return next(room["id"] for room in rooms if room["title"] == "Project Unicorn")

    def message_with_file(self):
        messages = self.ask("GET", f"/messages?max=1000&roomId={self.room()}")["items"]
        return next(message["id"] for message in messages if message.get("files"))

    def message_with_card(self):
        body = [{"type": "Input.Text", "id": "name"}]
        actions = [{"type": "Action.Submit", "title": "Send"}]
        card = {"type": "AdaptiveCard", "version": "1.3", "body": body, "actions": actions}
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
        message = {"roomId": self.room(), "text": "card", "attachments": [attachment]}
        return self.ask("POST", "/messages", message)["id"]

    def meeting(self, **more):
        """A meeting of Alice's that begins in an hour."""
        now = time.time() + 3600
        start, end = (time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(now + more)) for more in (0, 1800))
        return self.ask("POST", "/meetings", {"title": "Example", "start": start, "end": end} | more)["id"]

    def running_meeting(self):
        order = {"meetingId": self.meeting(), "action": "start"}
        running = self.administer("/meetings", order)["meetingId"]
        join = {"meetingId": running, "action": "join", "email": "alice@example.com"}
        return self.administer("/meetings", join)["meetingId"]

    def ended_meeting(self):
        query = "meetingType=meeting&state=ended&hasSummary=true"
        return self.ask("GET", f"/meetings?{query}")["items"][0]["id"]

    def consent(self, said):
        """Types in the code that the example shows."""
        code = said.split("type in ", 1)[1].split()[0]
        person = self.ask("GET", "/people/me", token="sandbox-bob")["id"]
        answer = urllib.parse.urlencode({"person": person, "decision": "accept"}).encode()
        page = f"{self.base}/device?{urllib.parse.urlencode({'userCode': code})}"
        urllib.request.urlopen(page, answer, timeout=EXAMPLE_TIMEOUT_SECONDS).close()


def arguments_of(sandbox):
    """Each example's arguments, made when it is its turn, and whose token it has."""
    none = list
    return {
        "attachment_actions": lambda: [sandbox.message_with_card(), "name", "Ann"],
        "authorizations": lambda: ["bob@example.com"],
        "contents": lambda: [sandbox.message_with_file()],
        "events": none,
        "invitees": lambda: [sandbox.meeting(), "bob@example.com"],
        "meeting_controls": lambda: [sandbox.running_meeting()],
        "meeting_offers": none,
        "meeting_registrants": lambda: [sandbox.meeting(registration={}), "sam@example.com"],
        "meeting_summaries": lambda: [sandbox.ended_meeting()],
        "meetings": lambda: ["Planning"],
        "memberships": lambda: [sandbox.room()],
        "messages": lambda: [sandbox.room(), "**Hello**"],
        "oauth": lambda: ["spark:people_read"],
        "participants": lambda: [sandbox.running_meeting()],
        "people": lambda: ["Carol"],
        "recordings": none,
        "rooms": none,
        "team_memberships": none,
        "teams": lambda: ["Examples"],
        "transcripts": none,
        "webhooks": none,
        "webinars": lambda: [sandbox.meeting(scheduledType="webinar")],
    }


TOKENS = {"authorizations": "sandbox-ada", "events": "sandbox-grace"}


def run(sandbox, folder, name, arguments):
    """Runs one example to its end; gives what went wrong, or nothing."""
    environment = os.environ | {
        "WEBEX_BASE_URL": sandbox.base,
        "WEBEX_ACCESS_TOKEN": TOKENS.get(name, "sandbox-alice"),
        "WEBEX_CLIENT_ID": "sandbox-integration",
        "WEBEX_CLIENT_SECRET": "sandbox-integration-secret",
    }
    argv = [folder / name, *arguments]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    example = subprocess.Popen(argv, env=environment, text=True, **pipes)
    try:
        shown = ""
        if name == "oauth":
            shown = example.stderr.readline()
            sandbox.consent(shown)
        _, said = example.communicate(timeout=EXAMPLE_TIMEOUT_SECONDS)
        return None if example.returncode == 0 else (shown + said)[-ERROR_SHOWN_CHARS:]
    except subprocess.TimeoutExpired:
        return f"it did not end within {EXAMPLE_TIMEOUT_SECONDS} s"
    finally:
        example.kill()
        example.wait()


def main():
    parser = argparse.ArgumentParser(description="Runs the examples of the client against a sandbox.")
    parser.add_argument("--base", required=True, help="scheme, host and port of the sandbox")
    parser.add_argument("--examples", required=True, type=Path, help="the folder of the built examples")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    sandbox = Sandbox(options.base)
    known = arguments_of(sandbox)
    there = {path.stem for path in (ROOT / "crates/webex/examples").glob("*.rs")}
    failed = 0
    for name in sorted(set(options.names) or there | known.keys()):
        try:
            problem = run(sandbox, options.examples, name, known[name]())
        except (KeyError, IndexError, StopIteration, OSError) as error:
            problem = f"it could not be started: {error!r}"
        failed += problem is not None
        print(f"{name}: {problem or 'ok'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
