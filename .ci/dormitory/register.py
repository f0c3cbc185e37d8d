"""The site's register and its people, by the API: buildings, rooms' records, and three who can log in. Passwords are drawn once and kept in
run/logins.json, for this machine's demonstration alone."""
import json, secrets

PASSWORD_BYTES = 9
STUDENT_ROOM_AT = 0   # of the first house


def logins(place):
    """user → {password, role, room?}"""
    file = place.run / 'logins.json'
    if not file.exists():
        found = {'warden': {'role': 'admin'}, 'desk': {'role': 'cashier'},
                 'lin': {'role': 'student', 'room': place.houses[0].rooms[STUDENT_ROOM_AT]}}
        for login in found.values():
            login['password'] = secrets.token_urlsafe(PASSWORD_BYTES)
        keep(place, found)
    return json.loads(file.read_text())


def keep(place, found):
    file = place.run / 'logins.json'
    file.touch(0o600)
    file.write_text(json.dumps(found))


def floor_of(room):
    """Its number is that of the hundred: 1 and 2 in house A, 11 and 12 in house B."""
    return room // 100


def write_places(place, admin):
    for house in place.houses:
        admin(place, 'PUT', f'buildings/{house.slot}', {'name': f'House {house.letter}'})
        for floor in sorted({floor_of(room) for room in house.rooms}):
            admin(place, 'PUT', f'floors/{floor}', {'building': house.slot, 'level': floor % 10})
        for room in house.rooms:
            admin(place, 'PUT', f'rooms/{room}/record', {'name': str(room), 'building': house.slot, 'floor': floor_of(room)})
        for meter in house.mains:
            admin(place, 'PUT', f"meters/{meter['meter']}", {'building': house.slot, 'role': 'main', 'circuit': meter['circuits'][0]['circuit'],
                                                           'floor': meter['main']['floor']})


def write_people(place, admin):
    found = logins(place)
    for user, login in found.items():
        wish = {'role': login['role']}
        if 'room' in login:
            if 'person' not in login:
                login['person'] = admin(place, 'POST', 'people', {'name': user.capitalize(), 'kind': 'student'})['person']
                keep(place, found)
            admin(place, 'POST', f"rooms/{login['room']}/occupants", {'person': login['person']})
            wish['person'] = login['person']
        admin(place, 'PUT', f'users/{user}', wish)
        admin(place, 'PUT', f'users/{user}/password', {'password': login['password']})


def lines(place):
    """For whoever wants to try."""
    return [f"{user} / {login['password']} ({login['role']}{' of room ' + str(login['room']) if 'room' in login else ''})"
            for user, login in logins(place).items()]
