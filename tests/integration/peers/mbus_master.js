// Reads M-Bus meters with libmbus: a line of JSON each.  mbus_master.js PORT ADDRESS...   primary, or sixteen digits of a secondary one
const MbusMaster = require('node-mbus');

const longestPrimary = 3;
const [port, ...addresses] = process.argv.slice(2);
const master = new MbusMaster({ host: '127.0.0.1', port: Number(port), timeout: 400 });

function call(method, ...words) {
  return new Promise((resolve, reject) => master[method](...words, (error, data) => (error ? reject(error) : resolve(data))));
}

async function readAll() {
  await call('connect');
  for (const address of addresses) {
    const asked = address.length > longestPrimary ? address : Number(address);
    console.log(JSON.stringify(await call('getData', asked)));
  }
  await call('close');
}

readAll().catch((error) => {
  console.error(`mbus: ${error.message ?? error}`);
  process.exit(1);
});
