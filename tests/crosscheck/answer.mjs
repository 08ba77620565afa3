// SPDX-License-Identifier: Apache-2.0
//
// What the workers of crosscheck.py share: reads one request a line, {"op", "set", …} with bytes as hex, and answers
// with a line {"out": [hex or boolean, …]} or {"error": text}.
import { createInterface } from 'node:readline';

export const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (value) => (typeof value === 'boolean' ? value : Buffer.from(value).toString('hex'));

export const answer = async (ops) => {
  for await (const line of createInterface({ input: process.stdin })) {
    let answer;
    try {
      const request = JSON.parse(line);
      answer = { out: (await ops[request.op](request)).map(hex) };
    } catch (error) {
      answer = { error: String(error) };
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
};
