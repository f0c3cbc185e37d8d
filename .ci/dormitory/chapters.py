"""The chapters of the story. Money is compared to the micro-yuan, relays at the meters themselves."""
import collections, json, time
from dataclasses import dataclass, field

from . import books, deeds, setup
from .houses import is_water, utility_of
from .say import micros, yuan
from .wire import NoAnswer

DAY = 24 * 3600
THIRSTY_WATTS = 9_000
OPEN_TAPS_LITRES = 2_000      # an hour: 8 yuan
SECONDS_TO_CUT = 60
SECONDS_TO_RESTORE = 5
SECONDS_OF_A_PURSE = 90       # a purchase that does not show is looked at again after a minute
SECONDS_WITH_VALVES = 60      # a meter whose valve was ordered is read again half a minute later, and a room is on once all its meters are read
OUTAGE_DAYS = 2
EARLY_ROOM, DARK_ROOM, CODE_ROOM = 101, 102, 103


@dataclass
class Memory:
    told: dict = field(default_factory=dict)     # payment number → (micro-units, room): receipts in people's hands
    old_backup: object = None


def recharge(place, memory, room, text):
    order = deeds.recharge(place, room, text)
    memory.told[order['number']] = (micros(text), room)
    return order


def open_at_meter(place, room):
    return 'open' in deeds.relays(place, room)


def closed_at_meter(place, room):
    return set(deeds.relays(place, room)) == {'closed'}


def live(place, room):
    return micros(place.box(place.house_of(room)).room(room)['live'])


def wrong_relays(place):
    """Rooms whose relay is not as their money says."""
    found = []
    for house in place.houses:
        meters = place.meters(house).status()
        for room in place.box(house).status()['rooms']:
            for meter in house.meters_of(room['room']):
                relays = [circuit['relay'] for circuit in meters[meter['meter']]]
                wanted = ['closed' if micros(room['live']) > setup.cut_at(circuit) else 'open' for circuit in meter['circuits']]
                if relays != wanted:
                    found.append(f"room {room['room']}: {room['live']} yuan, {' '.join(relays)}")
    return found


def accounts_differ(place):
    readings = setup.first_readings(place)
    found, sold, moved = [], collections.Counter(), collections.Counter()
    for house in place.houses:
        for room in house.rooms:
            first = collections.Counter()
            for meter in house.meters_of(room):
                first[utility_of(meter)] += sum(readings[str(meter['meter'])])
            differs, sold_here, moved_here = books.account_differs(place, room, first, setup.PRICES_MICROS)
            found += differs
            sold.update(sold_here)
            moved.update(moved_here)
    return found, sold, moved


def set_up(place, tale, memory):
    tale.claim(setup.rooms_open(place) == 64, '64 rooms are open at two boxes, set up by the public API alone')
    tale.within(SECONDS_WITH_VALVES, lambda: not wrong_relays(place), 'every room with money has power, at the meter itself',
                lambda: '\n'.join(books.shorten(wrong_relays(place))))


def house_wh(place, house):
    shown = place.meters(house).status()
    return sum(circuit['energy_wh'] for meter in house.meters if not is_water(meter) for circuit in shown[meter['meter']])


def normal_day(place, tale, memory):
    tale.chapter('a normal day')
    before = {house.letter: house_wh(place, house) for house in place.houses}
    tale.until_site_time(place.clock.now() + DAY)
    for house in place.houses:
        used = house_wh(place, house) - before[house.letter]
        tale.claim(used > 0, f'house {house.letter} used {used / 1000:.1f} kWh in a day')
    left = books.wait_agreed(place, 30)
    tale.claim(not left, 'boxes and cloud hold the same entries and the same balances', *books.shorten(left))
    differ, sold, moved = accounts_differ(place)
    tale.claim(not differ, f'64 accounts add up: {books.told_sold(sold, moved)}', *books.shorten(differ))
    tale.within(SECONDS_WITH_VALVES, lambda: not wrong_relays(place), 'on with money, off without, in every room',
                lambda: '\n'.join(books.shorten(wrong_relays(place))))


def meters_of_other_kinds(place, tale, memory):
    """A purse in a meter, a display, water: billed as any other, and each shows at the meter itself what the ledger says."""
    tale.chapter('a purse, a display, and water')
    purses_follow(place, tale, memory)
    house = place.house('B')
    water = [meter for meter in house.meters if is_water(meter)]
    first = setup.first_readings(place)
    # What was sold is asked first: the registers run on meanwhile.
    sold = sum(books.account(place, meter['room'])[1]['cold_water'] for meter in water)
    litres = sum(place.meters(house).status()[meter['meter']][0]['energy_wh'] - sum(first[str(meter['meter'])]) for meter in water)
    tale.claim(0 < sold <= litres * setup.PRICES_MICROS['cold_water'][1], f'{litres} litres of cold water in {len(water)} rooms, '
               f'{yuan(sold)} yuan of it booked by the hour')
    water_runs_out(place, tale, memory, water[0])


def purses_follow(place, tale, memory):
    """Money is paid and must show at the meter, all of it and not twice. The rooms draw nothing meanwhile, so that both stand still."""
    for meter in setup.meters_with_purse(place):
        room, name = meter['room'], meter['circuits'][0]['name']
        deeds.draw_all(place, room, 0)
        had = live(place, room)
        recharge(place, memory, room, '10.00')
        tale.within(SECONDS_OF_A_PURSE, lambda: live(place, room) > had + 5_000_000 and not books.purses_differ(place, [meter]),
                    f'10 yuan for room {room}: its {name} shows what the ledger says', lambda: '\n'.join(books.purses_differ(place, [meter])))
        shown = place.meters(place.house_of(room)).status()[meter['meter']][0]
        tale.claim(micros(shown['price']) in setup.rates(), f"{shown['remaining']} yuan, at {shown['price']} a kWh", shown)
        deeds.draw_all(place, room, None)


def water_runs_out(place, tale, memory, meter):
    room, house = meter['room'], place.house_of(meter['room'])
    both = lambda relay: {place.meters(house).status()[meter['meter']][0]['relay'], *deeds.relays(place, room)} == {relay}
    recharge(place, memory, room, '20.00')
    tale.within(SECONDS_WITH_VALVES, lambda: both('closed') and live(place, room) > 0, f'room {room} has money, power and water')
    tale.tell(f'{yuan(live(place, room))} yuan left, and the taps let {OPEN_TAPS_LITRES} litres an hour run')
    deeds.draw_water(place, room, OPEN_TAPS_LITRES)
    tale.within(SECONDS_TO_CUT, lambda: both('open'), 'its valve is shut, and its power is off')
    left = live(place, room)
    tale.claim(left <= 0, f'not before the money had gone: {yuan(left)} yuan')
    deeds.draw_water(place, room, None)
    paid = 20 - left // 1_000_000
    recharge(place, memory, room, f'{paid}.00')
    tale.within(SECONDS_WITH_VALVES, lambda: both('closed'), f'{paid} yuan later both let through again')


def runs_out(place, tale, memory):
    room = EARLY_ROOM
    tale.chapter(f'room {room} runs out and is cut; a recharge brings it back')
    tale.tell(f'{yuan(live(place, room))} yuan left, and {THIRSTY_WATTS} W switched on')
    deeds.draw(place, room, THIRSTY_WATTS)
    tale.within(SECONDS_TO_CUT, lambda: open_at_meter(place, room), 'the meter has opened its relay')
    tale.claim(live(place, room) <= 0, f'not before the money had gone: {yuan(live(place, room))} yuan')
    stands = deeds.circuits_of(place, room)[0]['energy_wh']
    time.sleep(1)
    tale.claim(deeds.circuits_of(place, room)[0]['energy_wh'] == stands, f'the register stands still at {stands} Wh, the load still plugged in')
    tale.within(10, lambda: place.api.get(f'rooms/{room}')['circuits'][0].get('reason') == 'no_credit', 'the API tells why: no_credit')
    deeds.draw(place, room, None)
    began = time.monotonic()
    order = recharge(place, memory, room, '30.00')
    tale.tell(f"30 yuan in cash: payment {order['number']}")
    tale.within(SECONDS_TO_RESTORE, lambda: closed_at_meter(place, room), 'the meter has closed again')
    tale.tell(f'{time.monotonic() - began:.2f} s from the cash desk to the contact')
    memory.old_backup = deeds.make_backup(place)


def network_cut(place, tale, memory):
    house = place.house_of(DARK_ROOM)
    tale.chapter(f'the network of house {house.letter} is cut for {OUTAGE_DAYS} days')
    deeds.cut(place, house)
    tale.within(10, lambda: place.box(house).status()['link'] == 'disconnected', 'the box has lost the broker')
    began, head = place.clock.now(), place.box(house).status()['head']
    cut_meanwhile(place, tale)
    paid_meanwhile(place, tale, memory)
    code_meanwhile(place, tale)
    tale.until_site_time(began + DAY)
    killed_meanwhile(place, tale, house)
    tale.until_site_time(began + OUTAGE_DAYS * DAY)
    status = place.box(house).status()
    tale.claim(status['link'] == 'disconnected' and status['backlog'] > 32 * 20,
               f"{OUTAGE_DAYS} days on, the box has written {status['head'] - head} entries by itself; {status['backlog']} wait for the cloud")


def cut_meanwhile(place, tale):
    for room in (DARK_ROOM, CODE_ROOM):
        deeds.draw(place, room, THIRSTY_WATTS)
    tale.within(SECONDS_TO_CUT, lambda: open_at_meter(place, DARK_ROOM) and open_at_meter(place, CODE_ROOM),
                f'rooms {DARK_ROOM} and {CODE_ROOM} ran out and were cut by the box alone')
    for room in (DARK_ROOM, CODE_ROOM):
        deeds.draw(place, room, None)
    believed = micros(place.api.get(f'rooms/{DARK_ROOM}')['balance'])
    tale.claim(believed > 0 >= live(place, DARK_ROOM),
               f'the box has {yuan(live(place, DARK_ROOM))} yuan for room {DARK_ROOM}; the cloud, not knowing, still {yuan(believed)}')


def paid_meanwhile(place, tale, memory):
    order = recharge(place, memory, DARK_ROOM, '25.00')
    shown = place.api.get(f'rooms/{DARK_ROOM}')
    tale.claim(order['state'] == 'done' and shown['on_the_way'] == '25.000000', f'25 yuan paid for room {DARK_ROOM}: booked, and on its way')
    time.sleep(1)
    tale.claim(open_at_meter(place, DARK_ROOM), 'which the box cannot know: the room stays dark')


def code_meanwhile(place, tale):
    code = deeds.sell_code(place, CODE_ROOM, '10.00')
    before = live(place, CODE_ROOM)
    answer = deeds.type_code(place, CODE_ROOM, code)
    tale.claim(answer['outcome'] == 'accepted' and answer['amount'] == '10.000000',
               f'a code over 10 yuan, sold at the desk, typed at the box of room {CODE_ROOM}: {code}', answer)
    tale.within(SECONDS_TO_RESTORE, lambda: closed_at_meter(place, CODE_ROOM), 'and there is light, without any network')
    tale.claim(live(place, CODE_ROOM) > before, f'{yuan(live(place, CODE_ROOM))} yuan in the room')
    again = deeds.type_code(place, CODE_ROOM, code)
    tale.claim(again['outcome'] == 'used', 'the same code again is refused: used', again)


def killed_meanwhile(place, tale, house):
    before = place.box(house).status()
    pid = place.processes.kill(house.edge)
    tale.tell(f'kill -9 of the box (pid {pid})')
    tale.within(20, lambda: place.processes.pid(house.edge) not in (None, pid) and place.is_ready(house.edge), 'it is back from its store')
    after = place.box(house).status()
    tale.claim(after['head'] >= before['head'] and after['incarnation'] == before['incarnation'],
               f"with all its entries: {before['head']} before, {after['head']} now")
    tale.within(20, lambda: not wrong_relays_of(place, house), 'and every relay as the money says')


def wrong_relays_of(place, house):
    try:
        return [one for one in wrong_relays(place) if int(one.split(':')[0].split()[1]) in house.rooms]
    except NoAnswer as silent:
        return [str(silent)]


def healed(place, tale, memory):
    house = place.house_of(DARK_ROOM)
    tale.chapter('the network is mended')
    deeds.heal(place, house)
    tale.within(60, lambda: not deeds.apart(place, house), 'box and cloud hold the same entries again',
                lambda: '\n'.join(deeds.apart(place, house)))
    tale.within(SECONDS_TO_RESTORE, lambda: closed_at_meter(place, DARK_ROOM), f'the 25 yuan have arrived: room {DARK_ROOM} has light')
    left = books.wait_agreed(place, 30)
    tale.claim(not left, 'and the same balances', *books.shorten(left))
    differ, sold, moved = accounts_differ(place)
    tale.claim(not differ, f'64 accounts add up: {books.told_sold(sold, moved)}', *books.shorten(differ))
    differ = books.payments_differ(place, memory.told)
    tale.claim(not differ, 'what was paid during the cut is booked once', *differ)


def box_replaced(place, tale, memory):
    house = place.house('B')
    tale.chapter(f'the box of house {house.letter} burns, and is replaced')
    old, new = deeds.replace_edge(place, house, tale.tell, tale.tell)
    tale.claim(old != new, f'incarnation {new} holds what {old} held')
    tale.within(60, lambda: not deeds.apart(place, house), 'the new box and the cloud hold the same entries')
    left = books.wait_agreed(place, 30)
    tale.claim(not left, 'and the same balances', *books.shorten(left))
    differ, sold, moved = accounts_differ(place)
    tale.claim(not differ, f'no Wh was lost or charged twice: {books.told_sold(sold, moved)}', *books.shorten(differ))
    tale.within(SECONDS_WITH_VALVES, lambda: not wrong_relays(place), 'on with money, off without, in every room')
    purses_follow(place, tale, memory)


def cloud_restored(place, tale, memory):
    tale.chapter("the cloud's database is lost, and restored from an older backup")
    backup = deeds.make_backup(place)
    head = deeds.link_of(place, place.houses[0])['up']['number']
    for room in (104, 1103, 1204):
        recharge(place, memory, room, '12.50')
    tale.until_site_time(place.clock.now() + DAY / 4)
    now = deeds.link_of(place, place.houses[0])['up']['number']
    tale.tell(f'since the backup: 3 payments, and {now - head} entries of house {place.houses[0].letter} alone')
    deeds.restore_cloud(place, backup, tale.tell, tale.tell, refused=memory.old_backup)
    tale.claim(deeds.link_of(place, place.houses[0])['up']['number'] >= now, 'the boxes gave back every entry that the cloud had forgotten')
    for house in place.houses:
        tale.within(60, lambda: not deeds.apart(place, house), f'house {house.letter} and the cloud hold the same entries',
                    lambda: '\n'.join(deeds.apart(place, house)))
    differ = books.payments_differ(place, memory.told)
    tale.claim(not differ, f'all {len(memory.told)} payments with a receipt are booked, each once', *differ)


def proved(place, tale, memory):
    tale.chapter('the books are proved')
    for room in place.rooms:
        deeds.draw_all(place, room, 0)
    tale.within(60, lambda: not books.uncharged(place), 'nothing draws, the hour has closed: every room is charged up to what its meter shows',
                lambda: '\n'.join(books.shorten(books.uncharged(place))), pause=1.0)
    left = books.wait_agreed(place, 30)
    tale.claim(not left, 'boxes and cloud agree', *books.shorten(left))
    differ, sold, moved = accounts_differ(place)
    tale.claim(not differ, f'64 accounts add up to the micro-yuan: {books.told_sold(sold, moved)}', *books.shorten(differ))
    code, text = place.cloud_command('audit', '--json', '--at-rest', '--registers', books.registers_file(place), may_fail=True)
    tale.claim(code == 0, 'wattle audit finds no difference', text)
    audit = json.loads(text)
    same = all(micros(audit['sold'][utility]) == sold[utility] and audit['energy'][utility] == moved[utility] for utility in moved)
    tale.claim(same, f"and the same sums, by code of its own, from {audit['entries']} entries: sold {', '.join(audit['sold'].values())}, "
               f"paid {sum(micros(a) for a in audit['paid'].values()) / 1e6:.6f}")
    differ = books.balances_differ(place, audit)
    tale.claim(not differ, f'and the same balance of each of the {len(place.rooms)} rooms that the API shows', *books.shorten(differ))


ALL = (set_up, normal_day, meters_of_other_kinds, runs_out, network_cut, healed, box_replaced, cloud_restored, proved)
