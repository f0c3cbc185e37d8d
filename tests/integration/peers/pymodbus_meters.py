#!/usr/bin/env python3
"""Meters whose every byte on the wire is pymodbus's.  pymodbus_meters.py serial DEVICE BAUD UNIT... | tcp PORT UNIT...

A line of JSON on standard input sets values: {"unit": 1, "table": "holding", "address": 0, "values": [1, 2]}. Each write of the
master is told by one on standard output: {"unit": 1, "function": 5, "address": 0, "values": [1]}."""
import asyncio, json, sys

from pymodbus.datastore import ModbusServerContext, ModbusSequentialDataBlock, ModbusSlaveContext
from pymodbus.framer.rtu_framer import ModbusRtuFramer
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer

READS = {'coils': 1, 'holding': 3, 'input': 4}  # the function that reads a table
REGISTERS = 0x5000


class Meter(ModbusSlaveContext):
    def __init__(self, unit):
        super().__init__(zero_mode=True, **{table: ModbusSequentialDataBlock(0, [0] * REGISTERS) for table in ('di', 'co', 'hr', 'ir')})
        self.unit = unit

    def show(self, table, address, values):
        super().setValues(READS[table], address, values)

    def setValues(self, fc_as_hex, address, values):
        """Only the server calls it, for its master."""
        super().setValues(fc_as_hex, address, values)
        print(json.dumps({'unit': self.unit, 'function': fc_as_hex, 'address': address, 'values': [int(v) for v in values]}), flush=True)


async def follow_orders(meters):
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        order = json.loads(line)
        meters[order['unit']].show(order['table'], order['address'], order['values'])


async def serve(way, place, words):
    baud = [int(words.pop(0))] if way == 'serial' else []
    meters = {int(unit): Meter(int(unit)) for unit in words}
    context = ModbusServerContext(slaves=meters, single=False)
    orders = asyncio.create_task(follow_orders(meters))
    if way == 'serial':
        server = StartAsyncSerialServer(context, framer=ModbusRtuFramer, port=place, baudrate=baud[0], ignore_missing_slaves=True)
    else:
        server = StartAsyncTcpServer(context, address=('127.0.0.1', int(place)), allow_reuse_address=True)
    server = asyncio.create_task(server)
    done, _ = await asyncio.wait([orders, server], return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


asyncio.run(serve(sys.argv[1], sys.argv[2], sys.argv[3:]))
