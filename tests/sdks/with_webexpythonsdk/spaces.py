"""People, rooms, teams, and who belongs to them."""

from __future__ import annotations

from stage import Report, Sandbox

from .calls import connect


def people(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    me = api.people.me()
    report.equal("people.me is who holds the token", (me.id, me.emails), (sandbox.alice.id, [sandbox.alice.email]))
    report.equal("people.get reads another one", api.people.get(sandbox.bob.id).displayName, sandbox.bob.name)
    by_email = [one.id for one in api.people.list(email=sandbox.carol.email)]
    report.equal("people.list finds an address", by_email, [sandbox.carol.id])
    by_name = sorted(one.displayName for one in api.people.list(displayName="Carol"))
    report.equal("people.list finds names by their start", by_name, ["Carol Diaz", "Caroline Meyer"])
    ids = f"{sandbox.bob.id},{sandbox.dave.id}"
    report.equal("people.list finds several ids", {one.id for one in api.people.list(id=ids)}, set(ids.split(",")))


def people_administration(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.ada)
    names = ["Nora Jones", "Nora Young"]
    created = api.people.create(["nora@example.com"], firstName="Nora", lastName="Jones", displayName=names[0])
    report.equal(
        "people.create answers the person", (created.emails, created.displayName), (["nora@example.com"], names[0])
    )
    changed = api.people.update(
        created.id, emails=created.emails, displayName=names[1], lastName="Young", firstName="Nora"
    )
    report.equal("people.update changes the name", (changed.displayName, changed.lastName), (names[1], "Young"))
    everybody = [one.id for one in api.people.list(max=4)]
    report.equal("people.list pages through the company", len(set(everybody)), len(sandbox.people) + 1)
    report.check("people.list has the new one", created.id in everybody, everybody)
    api.people.delete(created.id)
    report.equal("people.delete takes them away", len(list(api.people.list(max=100))), len(sandbox.people))


def rooms(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Roof Garden")
    report.equal(
        "rooms.create makes a group",
        (room.title, room.type, room.creatorId),
        ("Roof Garden", "group", sandbox.alice.id),
    )
    renamed = api.rooms.update(room.id, title="Roof Terrace")
    report.equal("rooms.update renames", renamed.title, "Roof Terrace")
    report.equal("rooms.get reads it back", api.rooms.get(room.id).title, "Roof Terrace")
    locked = api.rooms.update(room.id, title="Roof Terrace", isLocked=True)
    report.equal("rooms.update makes it moderated", locked.isLocked, True)
    info = api.rooms.get_meeting_info(room.id)
    report.equal("rooms.get_meeting_info is of the room", (info.roomId, bool(info.meetingLink)), (room.id, True))
    whole = [one.id for one in api.rooms.list()]
    paged: list[str] = []
    statuses = sandbox.statuses(lambda: paged.extend(one.id for one in api.rooms.list(max=2)))
    report.equal("rooms.list is the same page by page", paged, whole)
    report.equal("rooms.list asks once a page", statuses, [200] * -(-len(whole) // 2))
    report.equal("rooms.list slices lazily", [one.id for one in api.rooms.list()[:3]], whole[:3])
    direct = {one.type for one in api.rooms.list(type="direct")}
    report.equal("rooms.list keeps to a type", direct, {"direct"})
    sandbox.fault("/v1/rooms", "emptyPage")
    report.equal("rooms.list goes on after an empty page", [one.id for one in api.rooms.list()], whole)
    api.rooms.delete(room.id)
    report.check("rooms.delete takes it away", room.id not in [one.id for one in api.rooms.list()])


def memberships(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Book Club")
    bob = api.memberships.create(room.id, personEmail=sandbox.bob.email)
    report.equal("memberships.create by address", (bob.personId, bob.isModerator), (sandbox.bob.id, False))
    carol = api.memberships.create(room.id, personId=sandbox.carol.id, isModerator=True)
    report.equal("memberships.create a moderator", carol.isModerator, True)
    # Cisco's document requires both; the SDK has a name for one of them only.
    promoted = api.memberships.update(bob.id, isModerator=True, isRoomHidden=False)
    report.equal("memberships.update promotes", promoted.isModerator, True)
    report.equal("memberships.get reads it back", api.memberships.get(bob.id).isModerator, True)
    members = {one.personId for one in api.memberships.list(roomId=room.id, max=1)}
    report.equal("memberships.list pages through a room", members, {sandbox.alice.id, sandbox.bob.id, sandbox.carol.id})
    found = [one.id for one in api.memberships.list(roomId=room.id, personEmail=sandbox.bob.email)]
    report.equal("memberships.list finds an address", found, [bob.id])
    rooms_of_mine = {one.roomId for one in api.memberships.list()}
    report.check("memberships.list of one's own", room.id in rooms_of_mine, rooms_of_mine)
    api.memberships.delete(carol.id)
    members = {one.personId for one in api.memberships.list(roomId=room.id)}
    report.equal("memberships.delete removes", members, {sandbox.alice.id, sandbox.bob.id})
    api.rooms.delete(room.id)


def teams(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    team = api.teams.create("Gardeners")
    report.equal("teams.create answers the team", (team.name, team.creatorId), ("Gardeners", sandbox.alice.id))
    report.equal("teams.update renames", api.teams.update(team.id, "Florists").name, "Florists")
    report.equal("teams.get reads it back", api.teams.get(team.id).name, "Florists")
    names = [one.name for one in api.teams.list(max=1)]
    report.equal("teams.list pages through them", sorted(names), ["Engineering", "Florists"])
    space = api.rooms.create("Roses", teamId=team.id)
    report.equal("rooms.create in a team", space.teamId, team.id)
    titles = {one.title for one in api.rooms.list(teamId=team.id)}
    report.check("rooms.list of a team has its spaces", "Roses" in titles and len(titles) == 2, titles)
    api.teams.delete(team.id)
    report.equal("teams.delete takes it away", [one.name for one in api.teams.list()], ["Engineering"])


def team_memberships(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    team = api.teams.create("Cooks")
    bob = api.team_memberships.create(team.id, personEmail=sandbox.bob.email)
    report.equal("team_memberships.create", (bob.personId, bob.isModerator), (sandbox.bob.id, False))
    report.equal(
        "team_memberships.update promotes", api.team_memberships.update(bob.id, isModerator=True).isModerator, True
    )
    report.equal("team_memberships.get reads it back", api.team_memberships.get(bob.id).isModerator, True)
    members = {one.personId for one in api.team_memberships.list(team.id, max=1)}
    report.equal("team_memberships.list pages", members, {sandbox.alice.id, sandbox.bob.id})
    api.team_memberships.delete(bob.id)
    members = {one.personId for one in api.team_memberships.list(team.id)}
    report.equal("team_memberships.delete removes", members, {sandbox.alice.id})
    api.teams.delete(team.id)
