// Parses each line of a file and prints "LINES SECONDS".
import { createReadStream } from 'node:fs';

const begun = process.hrtime.bigint();
let lines = 0;
let seen = 0;
let held = [];
for await (const chunk of createReadStream(process.argv[2], { highWaterMark: 1 << 20 })) {
  let from = 0;
  for (let end; (end = chunk.indexOf(10, from)) >= 0; from = end + 1) {
    const tail = chunk.subarray(from, end);
    const line = held.length > 0 ? Buffer.concat([...held, tail]) : tail;
    held = [];
    if (JSON.parse(line.toString('utf8')).type) seen++;
    lines++;
  }
  if (from < chunk.length) held.push(chunk.subarray(from));
}
if (seen !== lines) throw new Error(`${lines - seen} lines have no type`);
process.stdout.write(`${lines} ${Number(process.hrtime.bigint() - begun) / 1e9}`);
