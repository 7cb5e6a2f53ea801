"""Messages, files, cards, and the webhooks that tell of them."""

from __future__ import annotations

import hashlib
import hmac
import tempfile
from pathlib import Path

from webexpythonsdk import WebhookEvent
from webexpythonsdk.models.cards import AdaptiveCard, TextBlock
from webexpythonsdk.models.cards import actions, inputs

from stage import Receiver, Report, Sandbox

from .calls import connect

SECRET = "journey-secret"
# More than fit into three pages of the size asked for below.
POSTED, PAGE = 10, 3


def messages(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Picnic")
    api.memberships.create(room.id, personEmail=sandbox.bob.email)
    plain = api.messages.create(room.id, text="Who brings bread?")
    report.equal(
        "messages.create with text", (plain.text, plain.personEmail), ("Who brings bread?", sandbox.alice.email)
    )
    rich = api.messages.create(room.id, markdown=f"**Cheese** for <@personEmail:{sandbox.bob.email}|Bob>")
    report.check("messages.create with markdown has HTML", "<strong>Cheese</strong>" in rich.html, rich.html)
    report.equal("messages.create mentions", rich.mentionedPeople, [sandbox.bob.id])
    reply = connect(sandbox, sandbox.bob).messages.create(room.id, parentId=plain.id, text="I do.")
    report.equal("messages.create in a thread", reply.parentId, plain.id)
    thread = [one.text for one in api.messages.list(room.id, parentId=plain.id)]
    report.equal("messages.list of a thread", thread, ["I do."])
    mine = connect(sandbox, sandbox.bob).messages.list(room.id, mentionedPeople="me")
    report.equal("messages.list of mentions", [one.id for one in mine], [rich.id])
    edited = api.messages.edit(plain.id, room.id, text="Who brings rye bread?")
    report.equal("messages.edit changes the text", edited.text, "Who brings rye bread?")
    again = api.messages.update(plain.id, room.id, markdown="Who brings *white* bread?")
    report.check(
        "messages.update is the same", again.updated is not None and "<em>white</em>" in again.html, again.html
    )
    report.equal("messages.get reads it back", api.messages.get(plain.id).text, again.text)
    api.messages.delete(rich.id)
    report.check("messages.delete takes it away", rich.id not in [one.id for one in api.messages.list(room.id)])
    bot = connect(sandbox, sandbox.people["ci-bot"])
    api.memberships.create(room.id, personEmail=bot.people.me().emails[0])
    called = api.messages.create(room.id, markdown=f"<@personId:{bot.people.me().id}> build this")
    # The second page of a bot's list needs mentionedPeople again, which this SDK adds.
    api.messages.create(room.id, markdown=f"<@personId:{bot.people.me().id}> and this")
    heard = [one.id for one in bot.messages.list(room.id, mentionedPeople="me", max=1)]
    report.equal("messages.list of a bot has its mentions, newest first", (len(heard), heard[-1]), (2, called.id))
    api.rooms.delete(room.id)


def pages_of_messages(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Long Talk")
    posted = [api.messages.create(room.id, text=f"Line {number}").id for number in range(POSTED)]
    newest_first = posted[::-1]
    read: list[str] = []
    statuses = sandbox.statuses(lambda: read.extend(one.id for one in api.messages.list(room.id, max=PAGE)))
    report.equal("messages.list pages through a room, newest first", read, newest_first)
    report.equal("messages.list asks once a page", statuses, [200] * -(-POSTED // PAGE))
    older = [one.id for one in api.messages.list(room.id, beforeMessage=posted[5], max=2)]
    report.equal("messages.list before a message pages and ends", older, posted[:5][::-1])
    before = api.messages.get(posted[0]).created.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    none = list(api.messages.list(room.id, before=before))
    report.equal("messages.list before the first is empty", none, [])
    report.equal("messages.list slices", [one.id for one in api.messages.list(room.id)[:4]], newest_first[:4])
    api.rooms.delete(room.id)


def direct_messages(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    first = api.messages.create(toPersonEmail=sandbox.frank.email, text="Lunch?")
    report.equal("messages.create to an address", first.roomType, "direct")
    second = api.messages.create(toPersonId=sandbox.frank.id, text="At noon.")
    report.equal("messages.create to a person is the same room", second.roomId, first.roomId)
    texts = [one.text for one in api.messages.list_direct(personEmail=sandbox.frank.email)]
    report.equal("messages.list_direct by address", texts[:2], ["At noon.", "Lunch?"])
    answer = connect(sandbox, sandbox.frank).messages.create(parentId=first.id, roomId=first.roomId, text="Yes")
    replies = [one.id for one in api.messages.list_direct(personId=sandbox.frank.id, parentId=first.id)]
    report.equal("messages.list_direct of a thread", replies, [answer.id])


def files(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Papers")
    content = "Ingredients\n".encode() * 1_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "recipe.txt")
        path.write_bytes(content)
        message = api.messages.create(room.id, text="The recipe", files=[str(path)])
    report.equal("messages.create uploads a file", (len(message.files), message.text), (1, "The recipe"))
    download = sandbox.download(message.files[0], api.access_token)
    report.equal("the file comes back as it went", download.content, content)
    report.check("the file has its name", "recipe.txt" in download.headers["Content-Disposition"], download.headers)
    remote = api.messages.create(room.id, files=["http://127.0.0.1/picture.png"])
    report.equal("messages.create takes a file by its URL", len(remote.files), 1)
    api.rooms.delete(room.id)


def cards(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Votes")
    api.memberships.create(room.id, personEmail=sandbox.bob.email)
    card = AdaptiveCard(
        body=[TextBlock("Which day?"), inputs.Text("day", placeholder="A weekday")],
        actions=[actions.Submit(title="Vote")],
    )
    message = api.messages.create(room.id, text="A vote", attachments=[card])
    kind = "application/vnd.microsoft.card.adaptive"
    report.equal("messages.create posts a card", [one["contentType"] for one in message.attachments], [kind])
    bob = connect(sandbox, sandbox.bob)
    action = bob.attachment_actions.create("submit", message.id, {"day": "Friday"})
    report.equal("attachment_actions.create submits", (action.type, action.inputs), ("submit", {"day": "Friday"}))
    read = api.attachment_actions.get(action.id)
    report.equal("attachment_actions.get reads it", (read.personId, read.inputs), (sandbox.bob.id, {"day": "Friday"}))
    api.rooms.delete(room.id)


def webhooks(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Bell")
    with Receiver() as receiver:
        webhook = api.webhooks.create(
            "Bell", receiver.url, "messages", "created", filter=f"roomId={room.id}", secret=SECRET
        )
        report.equal("webhooks.create is active", (webhook.status, webhook.resource), ("active", "messages"))
        message = api.messages.create(room.id, text="Ring")
        delivery = receiver.next()
        signature = hmac.new(SECRET.encode(), delivery.body, hashlib.sha1).hexdigest()
        report.equal("a delivery is signed with the secret", delivery.signature, signature)
        event = WebhookEvent(delivery.body.decode())
        seen = (event.resource, event.event, event.actorId, event.data.id, event.data.personEmail)
        expected = ("messages", "created", sandbox.alice.id, message.id, sandbox.alice.email)
        report.equal("a delivery parses", seen, expected)
        report.check("a delivery has no text", "Ring" not in delivery.body.decode(), delivery.body)
        other = api.webhooks.create("Door", receiver.url, "rooms", "all")
        names = [one.name for one in api.webhooks.list(max=1)]
        report.equal("webhooks.list pages", sorted(names), ["Bell", "Door"])
        changed = api.webhooks.update(webhook.id, name="Gong", targetUrl=receiver.url)
        report.equal("webhooks.update renames", changed.name, "Gong")
        report.equal("webhooks.get reads it back", api.webhooks.get(webhook.id).name, "Gong")
        api.rooms.update(room.id, title="Bell Tower")
        delivery = receiver.next()
        event = WebhookEvent(delivery.body.decode())
        report.equal(
            "rooms:updated arrives, unsigned",
            (event.resource, event.event, delivery.signature),
            ("rooms", "updated", None),
        )
        for one in (webhook, other):
            api.webhooks.delete(one.id)
    report.equal("webhooks.delete takes them away", list(api.webhooks.list()), [])
    api.rooms.delete(room.id)
