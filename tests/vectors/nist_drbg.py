# SPDX-License-Identifier: Apache-2.0
"""The generator behind vectors that give a seed in place of random bytes: CTR_DRBG of SP 800-90A
with AES-256, without derivation function and prediction resistance. For 48-byte seeds."""


def _xtime(x):
    return (x << 1) ^ (0x11B if x & 0x80 else 0)


def _multiply(x, y):
    product = 0
    while y:
        if y & 1:
            product ^= x
        x, y = _xtime(x), y >> 1
    return product


def _substitute(x):
    """FIPS 197, 5.1.1: the inverse, then the affine map."""
    inverse = next((y for y in range(256) if _multiply(x, y) == 1), 0)
    spread = inverse ^ inverse << 1 ^ inverse << 2 ^ inverse << 3 ^ inverse << 4
    return (spread ^ spread >> 8) & 0xFF ^ 0x63


SBOX = [_substitute(x) for x in range(256)]
DOUBLE = [_xtime(x) for x in range(256)]


def _expand(key):
    """FIPS 197, 5.2, for a key of 32 bytes: 60 words."""
    words = [list(key[i : i + 4]) for i in range(0, 32, 4)]
    constant = 1
    for i in range(8, 60):
        word = words[-1]
        if i % 8 == 0:
            word = [SBOX[x] for x in word[1:] + word[:1]]
            word[0] ^= constant
            constant = _xtime(constant)
        elif i % 8 == 4:
            word = [SBOX[x] for x in word]
        words.append([a ^ b for a, b in zip(words[-8], word)])
    return words


def _encrypt(words, block):
    """FIPS 197, 5.1."""

    def add_key(state, turn):
        key = sum(words[4 * turn : 4 * turn + 4], [])
        return [a ^ b for a, b in zip(state, key)]

    state = add_key(block, 0)
    for turn in range(1, 15):
        state = [SBOX[state[(5 * i) % 16]] for i in range(16)]
        if turn < 14:
            mixed = []
            for i in range(0, 16, 4):
                column = state[i : i + 4]
                total = column[0] ^ column[1] ^ column[2] ^ column[3]
                for j in range(4):
                    mixed.append(column[j] ^ total ^ DOUBLE[column[j] ^ column[(j + 1) % 4]])
            state = mixed
        state = add_key(state, turn)
    return bytes(state)


class Drbg:
    def __init__(self, seed):
        self.key = bytes(32)
        self.counter = 0
        self._update(seed)

    def _blocks(self, length):
        words = _expand(self.key)
        out = b""
        while len(out) < length:
            self.counter = (self.counter + 1) % 2**128
            out += _encrypt(words, self.counter.to_bytes(16, "big"))
        return out[:length]

    def _update(self, data):
        mixed = bytes(a ^ b for a, b in zip(self._blocks(48), data))
        self.key, self.counter = mixed[:32], int.from_bytes(mixed[32:], "big")

    def generate(self, length):
        out = self._blocks(length)
        self._update(bytes(48))
        return out
