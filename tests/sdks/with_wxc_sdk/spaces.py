"""People, rooms, teams, and who belongs to them."""

from __future__ import annotations

from wxc_sdk.memberships import Membership
from wxc_sdk.people import Person
from wxc_sdk.rooms import Room

from stage import Report, Sandbox

from .calls import connect


def people(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    me = api.people.me()
    report.equal(
        "people.me is who holds the token", (me.person_id, me.emails), (sandbox.alice.id, [sandbox.alice.email])
    )
    other = api.people.details(sandbox.bob.id)
    report.equal(
        "people.details reads another one", (other.display_name, other.person_type), (sandbox.bob.name, "person")
    )
    by_email = [one.person_id for one in api.people.list(email=sandbox.carol.email)]
    report.equal("people.list finds an address", by_email, [sandbox.carol.id])
    by_name = sorted(one.display_name for one in api.people.list(display_name="Carol"))
    report.equal("people.list finds names by their start", by_name, ["Carol Diaz", "Caroline Meyer"])
    ids = [sandbox.bob.id, sandbox.dave.id]
    report.equal("people.list finds several ids", {one.person_id for one in api.people.list(id_list=ids)}, set(ids))


def people_administration(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.ada)
    new = Person(emails=["nils@example.com"], display_name="Nils Berg", first_name="Nils", last_name="Berg")
    created = api.people.create(new)
    report.equal("people.create answers the person", (created.emails, created.display_name), (new.emails, "Nils Berg"))
    created.display_name = "Nils Dahl"
    changed = api.people.update(created)
    report.equal("people.update changes the name", changed.display_name, "Nils Dahl")
    everybody = [one.person_id for one in api.people.list(max=4)]
    report.equal("people.list pages through the company", len(set(everybody)), len(sandbox.people) + 1)
    api.people.delete_person(created.person_id)
    report.equal("people.delete_person takes them away", len(list(api.people.list())), len(sandbox.people))


def rooms(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Roof Garden")
    report.equal(
        "rooms.create makes a group",
        (room.title, room.type, room.creator_id),
        ("Roof Garden", "group", sandbox.alice.id),
    )
    room.title = "Roof Terrace"
    report.equal("rooms.update renames", api.rooms.update(room).title, "Roof Terrace")
    report.equal("rooms.details reads it back", api.rooms.details(room.id).title, "Roof Terrace")
    locked = api.rooms.update(Room(id=room.id, title="Roof Terrace", is_locked=True))
    report.equal("rooms.update makes it moderated", locked.is_locked, True)
    whole = [one.id for one in api.rooms.list()]
    paged: list[str] = []
    statuses = sandbox.statuses(lambda: paged.extend(one.id for one in api.rooms.list(max=2)))
    report.equal("rooms.list is the same page by page", paged, whole)
    report.equal("rooms.list asks once a page", statuses, [200] * -(-len(whole) // 2))
    report.equal("rooms.list keeps to a type", {one.type for one in api.rooms.list(type_="direct")}, {"direct"})
    by_activity = [one.last_activity for one in api.rooms.list(sort_by="lastactivity", max=3)]
    report.equal("rooms.list sorts by activity", by_activity, sorted(by_activity, reverse=True))
    api.rooms.delete(room.id)
    report.check("rooms.delete takes it away", room.id not in [one.id for one in api.rooms.list()])


def memberships(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Book Club")
    bob = api.membership.create(room.id, person_email=sandbox.bob.email)
    report.equal("membership.create by address", (bob.person_id, bob.is_moderator), (sandbox.bob.id, False))
    carol = api.membership.create(room.id, person_id=sandbox.carol.id, is_moderator=True)
    report.equal("membership.create a moderator", carol.is_moderator, True)
    promoted = api.membership.update(Membership(id=bob.id, is_moderator=True, is_room_hidden=False))
    report.equal("membership.update promotes", promoted.is_moderator, True)
    report.equal("membership.details reads it back", api.membership.details(bob.id).is_moderator, True)
    members = {one.person_id for one in api.membership.list(room_id=room.id, max=1)}
    report.equal("membership.list pages through a room", members, {sandbox.alice.id, sandbox.bob.id, sandbox.carol.id})
    found = [one.id for one in api.membership.list(room_id=room.id, person_email=sandbox.bob.email)]
    report.equal("membership.list finds an address", found, [bob.id])
    api.membership.delete(carol.id)
    members = {one.person_id for one in api.membership.list(room_id=room.id)}
    report.equal("membership.delete removes", members, {sandbox.alice.id, sandbox.bob.id})
    api.rooms.delete(room.id)


def teams(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    team = api.teams.create("Gardeners", description="Green fingers")
    seen = (team.name, team.creator_id, team.description)
    report.equal("teams.create answers the team", seen, ("Gardeners", sandbox.alice.id, "Green fingers"))
    report.equal("teams.update renames", api.teams.update(team.id, "Florists").name, "Florists")
    report.equal("teams.details reads it back", api.teams.details(team.id).name, "Florists")
    names = sorted(one.name for one in api.teams.list(max=1))
    report.equal("teams.list pages through them", names, ["Engineering", "Florists"])
    space = api.rooms.create("Roses", team_id=team.id)
    titles = {one.title for one in api.rooms.list(team_id=team.id)}
    report.check("rooms.list of a team has its spaces", space.title in titles and len(titles) == 2, titles)
    api.teams.delete(team.id)
    report.equal("teams.delete takes it away", [one.name for one in api.teams.list()], ["Engineering"])


def team_memberships(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    team = api.teams.create("Cooks")
    bob = api.team_memberships.create(team.id, person_email=sandbox.bob.email)
    report.equal("team_memberships.create", (bob.person_id, bob.is_moderator), (sandbox.bob.id, False))
    promoted = api.team_memberships.membership(bob.id, is_moderator=True)
    report.equal("team_memberships.membership promotes", promoted.is_moderator, True)
    report.equal("team_memberships.details reads it back", api.team_memberships.details(bob.id).is_moderator, True)
    members = {one.person_id for one in api.team_memberships.list(team.id, max=1)}
    report.equal("team_memberships.list pages", members, {sandbox.alice.id, sandbox.bob.id})
    api.team_memberships.delete(bob.id)
    members = {one.person_id for one in api.team_memberships.list(team.id)}
    report.equal("team_memberships.delete removes", members, {sandbox.alice.id})
    api.teams.delete(team.id)
