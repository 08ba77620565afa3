// SPDX-License-Identifier: Apache-2.0
//
// noble-post-quantum.
import { sha512 } from '@noble/hashes/sha2.js';
import * as kem from '@noble/post-quantum/ml-kem.js';
import * as dsa from '@noble/post-quantum/ml-dsa.js';
import * as slh from '@noble/post-quantum/slh-dsa.js';
import * as falcon from '@noble/post-quantum/falcon.js';
import { answer, bytes } from './answer.mjs';

// "ML-KEM-768" and ml_kem768, "SLH-DSA-SHA2-128s" and slh_dsa_sha2_128s
const find = (set) => {
  const name = set.toLowerCase().replaceAll('-', '_');
  return kem[name.replace(/_(\d+)$/, '$1')] ?? dsa[name.replace(/_(\d+)$/, '$1')] ?? slh[name];
};
const signer = (set, kind) => (kind === 'prehash' ? find(set).prehash(sha512) : find(set));
const how = (q) => ({
  context: bytes(q.context),
  extraEntropy: q.random === '' ? false : bytes(q.random),
});

// "Falcon-512" and "padded": falcon512padded
const findFalcon = (q) =>
  falcon[q.set.toLowerCase().replace('-', '') + (q.style === 'padded' ? 'padded' : '')];

await answer({
  falconKeygen: (q) => {
    const key = findFalcon(q).keygen(bytes(q.seed));
    return [key.publicKey, key.secretKey];
  },
  falconSign: (q) => [findFalcon(q).sign(bytes(q.message), bytes(q.sk))],
  falconVerify: (q) => [findFalcon(q).verify(bytes(q.sig), bytes(q.message), bytes(q.pk))],
  keygen: (q) => {
    const key = find(q.set).keygen(bytes(q.seed));
    return [key.publicKey, key.secretKey];
  },
  encaps: (q) => {
    const made = find(q.set).encapsulate(bytes(q.ek), bytes(q.m));
    return [made.cipherText, made.sharedSecret];
  },
  decaps: (q) => [find(q.set).decapsulate(bytes(q.ct), bytes(q.dk))],
  sign: (q) => [
    q.kind === 'mu'
      ? find(q.set).internal.sign(bytes(q.message), bytes(q.sk), {
          externalMu: true,
          extraEntropy: how(q).extraEntropy,
        })
      : signer(q.set, q.kind).sign(bytes(q.message), bytes(q.sk), how(q)),
  ],
  verify: (q) => [
    q.kind === 'mu'
      ? find(q.set).internal.verify(bytes(q.sig), bytes(q.message), bytes(q.pk), { externalMu: true })
      : signer(q.set, q.kind).verify(bytes(q.sig), bytes(q.message), bytes(q.pk), {
          context: bytes(q.context),
        }),
  ],
});
