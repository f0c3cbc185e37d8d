// Meters whose every byte on the wire is modbus-serial's.  modbus_serial_meters.js serial DEVICE BAUD UNIT... | tcp PORT UNIT...
// The lines in and out are those of pymodbus_meters.py.
const readline = require('node:readline');
const { ServerSerial, ServerTCP } = require('modbus-serial');

const TARGET_SILENT = 0x0b;
const ANY_UNIT = 255;

const [way, place, ...words] = process.argv.slice(2);
const baud = way === 'serial' ? Number(words.shift()) : 0;
const meters = new Map(words.map((unit) => [Number(unit), { coils: new Map(), holding: new Map(), input: new Map() }]));

function table(unit, name) {
  const meter = meters.get(unit);
  if (!meter) throw Object.assign(new Error('no such unit'), { modbusErrorCode: TARGET_SILENT });
  return meter[name];
}

function tell(unit, fc, address, value) {
  console.log(JSON.stringify({ unit, function: fc, address, values: [Number(value)] }));
}

const vector = {
  getCoil: (address, unit) => Boolean(table(unit, 'coils').get(address)),
  getHoldingRegister: (address, unit) => table(unit, 'holding').get(address) ?? 0,
  getInputRegister: (address, unit) => table(unit, 'input').get(address) ?? 0,
  setCoil: (address, value, unit) => {
    table(unit, 'coils').set(address, Number(value));
    tell(unit, 5, address, value);
  },
  // It does not say whether by function 6 or 16.
  setRegister: (address, value, unit) => {
    table(unit, 'holding').set(address, value);
    tell(unit, 16, address, value);
  },
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line);
  order.values.forEach((value, i) => table(order.unit, order.table).set(order.address + i, value));
}).on('close', () => process.exit(0));

const server = way === 'serial'
  ? new ServerSerial(vector, { port: place, baudRate: baud, parity: 'none', unitID: ANY_UNIT })
  : new ServerTCP(vector, { host: '127.0.0.1', port: Number(place), unitID: ANY_UNIT });
for (const event of ['socketError', 'serverError', 'error']) server.on(event, (why) => console.error(`${event}: ${why?.message ?? why}`));
