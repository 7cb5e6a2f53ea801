"""Messages, files, cards, and the webhooks that tell of them."""

from __future__ import annotations

import hashlib
import hmac
import json
import tempfile
from datetime import timedelta
from pathlib import Path

from wxc_sdk.attachment_actions import AttachmentActionData
from wxc_sdk.memberships import MembershipsData
from wxc_sdk.messages import Message, MessagesData
from wxc_sdk.webhook import WebhookEvent

from stage import Receiver, Report, Sandbox

from .calls import connect

SECRET = "journey-secret"
CARD_TYPE = "application/vnd.microsoft.card.adaptive"
# More than fit into three pages of the size asked for below.
POSTED, PAGE = 10, 3

CARD = {
    "contentType": CARD_TYPE,
    "content": {
        "type": "AdaptiveCard",
        "version": "1.3",
        "body": [{"type": "TextBlock", "text": "Which day?"}, {"type": "Input.Text", "id": "day"}],
        "actions": [{"type": "Action.Submit", "title": "Vote"}],
    },
}


def messages(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Picnic")
    api.membership.create(room.id, person_email=sandbox.bob.email)
    plain = api.messages.create(room_id=room.id, text="Who brings bread?")
    report.equal(
        "messages.create with text", (plain.text, plain.person_email), ("Who brings bread?", sandbox.alice.email)
    )
    rich = api.messages.create(
        room_id=room.id, markdown=f"**Cheese** for <@personEmail:{sandbox.bob.email}|Bob> and <@all>"
    )
    report.check("messages.create with markdown has HTML", "<strong>Cheese</strong>" in rich.html, rich.html)
    report.equal(
        "messages.create mentions", (rich.mentioned_people, rich.mentioned_groups), ([sandbox.bob.id], ["all"])
    )
    reply = connect(sandbox, sandbox.bob).messages.create(room_id=room.id, parent_id=plain.id, text="I do.")
    report.equal("messages.create in a thread", reply.parent_id, plain.id)
    report.equal(
        "messages.list of a thread", [one.text for one in api.messages.list(room.id, parent_id=plain.id)], ["I do."]
    )
    mine = connect(sandbox, sandbox.bob).messages.list(room.id, mentioned_people=["me"])
    report.equal("messages.list of mentions", [one.id for one in mine], [rich.id])
    edited = api.messages.edit(Message(id=plain.id, room_id=room.id, text="Who brings rye bread?"))
    report.check("messages.edit changes the text", edited.text == "Who brings rye bread?" and edited.updated, edited)
    report.equal("messages.details reads it back", api.messages.details(plain.id).text, edited.text)
    api.messages.delete(rich.id)
    report.check("messages.delete takes it away", rich.id not in [one.id for one in api.messages.list(room.id)])
    api.rooms.delete(room.id)


def pages_of_messages(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Long Talk")
    posted = [api.messages.create(room_id=room.id, text=f"Line {number}") for number in range(POSTED)]
    newest_first = [one.id for one in reversed(posted)]
    read: list[str] = []
    statuses = sandbox.statuses(lambda: read.extend(one.id for one in api.messages.list(room.id, max=PAGE)))
    report.equal("messages.list pages through a room, newest first", read, newest_first)
    report.equal("messages.list asks once a page", statuses, [200] * -(-POSTED // PAGE))
    older = [one.id for one in api.messages.list(room.id, before_message=posted[5].id, max=2)]
    report.equal("messages.list before a message pages and ends", older, newest_first[-5:])
    none = list(api.messages.list(room.id, before=posted[0].created - timedelta(seconds=1)))
    report.equal("messages.list before the first is empty", none, [])
    api.rooms.delete(room.id)


def direct_messages(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    first = api.messages.create(to_person_email=sandbox.frank.email, text="Lunch?")
    report.equal("messages.create to an address", first.room_type, "direct")
    second = api.messages.create(to_person_id=sandbox.frank.id, text="At noon.")
    report.equal("messages.create to a person is the same room", second.room_id, first.room_id)
    texts = [one.text for one in api.messages.list_direct(person_email=sandbox.frank.email)]
    report.equal("messages.list_direct by address", texts[:2], ["At noon.", "Lunch?"])
    texts = [one.text for one in api.messages.list_direct(person_id=sandbox.frank.id)]
    report.equal("messages.list_direct by id", texts[:2], ["At noon.", "Lunch?"])


def files(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Papers")
    content = "Ingredients\n".encode() * 1_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "recipe.txt")
        path.write_bytes(content)
        message = api.messages.create(room_id=room.id, text="The recipe", files=[str(path)])
    report.equal("messages.create uploads a file", (len(message.files), message.text), (1, "The recipe"))
    download = sandbox.download(message.files[0], sandbox.alice.token)
    report.equal("the file comes back as it went", download.content, content)
    report.check("the file has its name", "recipe.txt" in download.headers["Content-Disposition"], download.headers)
    remote = api.messages.create(room_id=room.id, files=["http://127.0.0.1/picture.png"])
    report.equal("messages.create takes a file by its URL", len(remote.files), 1)
    api.rooms.delete(room.id)


def cards(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Votes")
    api.membership.create(room.id, person_email=sandbox.bob.email)
    message = api.messages.create(room_id=room.id, text="A vote", attachments=[CARD])
    report.equal("messages.create posts a card", [one.content_type for one in message.attachments], [CARD_TYPE])
    action = connect(sandbox, sandbox.bob).attachment_actions.create("submit", message.id, {"day": "Friday"})
    report.equal("attachment_actions.create submits", (action.type, action.inputs), ("submit", {"day": "Friday"}))
    read = api.attachment_actions.details(action.id)
    report.equal(
        "attachment_actions.details reads it", (read.person_id, read.inputs), (sandbox.bob.id, {"day": "Friday"})
    )
    api.rooms.delete(room.id)


def webhooks(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Bell")
    with Receiver() as receiver:

        def event(kind: type) -> WebhookEvent:
            """The next delivery, signed and parsed by the SDK into the data of its resource."""
            delivery = receiver.next()
            signature = hmac.new(SECRET.encode(), delivery.body, hashlib.sha1).hexdigest()
            report.equal(f"a delivery of {kind.resource} is signed", delivery.signature, signature)
            parsed = WebhookEvent.model_validate(json.loads(delivery.body))
            report.equal(f"a delivery of {kind.resource} parses", type(parsed.data), kind)
            return parsed

        wanted = ("messages", "memberships", "attachmentActions")
        hooks = [
            api.webhook.create(name, receiver.url, name, "created", filter=f"roomId={room.id}", secret=SECRET)
            for name in wanted
        ]
        report.equal("webhook.create is active", {one.status for one in hooks}, {"active"})
        report.equal("webhook.list pages", {one.name for one in api.webhook.list(max=1)}, set(wanted))
        read = api.webhook.details(hooks[0].webhook_id)
        report.equal("webhook.details reads one", (read.filter, read.target_url), (f"roomId={room.id}", receiver.url))
        message = api.messages.create(room_id=room.id, text="Ring", attachments=[CARD])
        told = event(MessagesData)
        report.equal(
            "messages:created is of the message", (told.actor_id, told.data.id), (sandbox.alice.id, message.id)
        )
        report.check("and has no text", "text" not in told.data.model_dump(exclude_none=True), told.data)
        membership = api.membership.create(room.id, person_id=sandbox.bob.id)
        told = event(MembershipsData)
        report.equal(
            "memberships:created is of who came", (told.data.id, told.data.person_id), (membership.id, sandbox.bob.id)
        )
        action = connect(sandbox, sandbox.bob).attachment_actions.create("submit", message.id, {"day": "Friday"})
        told = event(AttachmentActionData)
        report.equal(
            "attachmentActions:created is of the submission", (told.actor_id, told.data.id), (sandbox.bob.id, action.id)
        )
        for one in hooks:
            api.webhook.webhook_delete(one.webhook_id)
    report.equal("webhook.webhook_delete takes them away", list(api.webhook.list()), [])
    api.rooms.delete(room.id)
