// SPDX-License-Identifier: Apache-2.0
//
// liboqs 0.14, whose Falcon is PQClean's, in WebAssembly. It draws its own randomness.
import * as oqs from '@openforge-sh/liboqs';
import { answer, bytes } from './answer.mjs';

// "Falcon-512" and "padded": createFalconPadded512
const made = new Map();
const find = async (q) => {
  const name = `create${q.set.replace('-', q.style === 'padded' ? 'Padded' : '')}`;
  if (!made.has(name)) made.set(name, await oqs[name]());
  return made.get(name);
};

await answer({
  falconKeygen: async (q) => {
    const key = (await find(q)).generateKeyPair();
    return [key.publicKey, key.secretKey];
  },
  falconSign: async (q) => [(await find(q)).sign(bytes(q.message), bytes(q.sk))],
  falconVerify: async (q) => [(await find(q)).verify(bytes(q.message), bytes(q.sig), bytes(q.pk))],
});
