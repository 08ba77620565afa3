# SPDX-License-Identifier: Apache-2.0
"""A ctypes binding of any PKCS#11 v3.2 module, made from the tables in tools/cryptoki.

Module(path) has every function twice: m.C_Sign(...) returns the CK_RV, m.Sign(...) raises Error
unless that is CKR_OK. Session offers the same in Python's terms: bytes in, bytes out. All constants
of the standard are names of this Python module (p11.CKA_LABEL).
"""

import ctypes
import pathlib

TABLES = pathlib.Path(__file__).resolve().parents[2] / "tools" / "cryptoki"
UNAVAILABLE = ctypes.c_ulong(-1).value


def _read_table(name):
    lines = (TABLES / name).read_text(encoding="ascii").splitlines()[1:]
    return [line.split("\t") for line in lines]


CONSTANTS = {row[0]: int(row[1], 0) & UNAVAILABLE for row in _read_table("constants.tsv")}
globals().update(CONSTANTS)
CKR_NAMES = {value: name for name, value in CONSTANTS.items() if name.startswith("CKR_")}
FUNCTIONS = {
    name: (version, parameters) for version, name, parameters in _read_table("functions.tsv")
}

CKR_OK = 0
CKR_BUFFER_TOO_SMALL = CONSTANTS["CKR_BUFFER_TOO_SMALL"]
CKF_SERIAL_SESSION = CONSTANTS["CKF_SERIAL_SESSION"]
CKF_RW_SESSION = CONSTANTS["CKF_RW_SESSION"]


class Error(Exception):
    """A CK_RV other than CKR_OK."""

    def __init__(self, function, rv):
        super().__init__(f"{function}: {rv_name(rv)}")
        self.rv = rv


def rv_name(rv):
    return CKR_NAMES.get(rv, hex(rv))


# ------------------------------------------------------------------------------- structures


def _structures():
    """Every structure of structs.tsv as a ctypes class; pointers are all c_void_p."""
    made = {}
    fields = {}
    for struct, kind, field in _read_table("structs.tsv"):
        fields.setdefault(struct, []).append((kind, field))
    for struct, members in fields.items():
        made[struct] = type(
            struct,
            (ctypes.Structure,),
            {"_fields_": [_member(made, kind, field) for kind, field in members]},
        )
    return made


def ctype(kind, made=None):
    """The ctypes type of a Cryptoki type."""
    if made and kind in made:
        return made[kind]
    if kind.endswith("_PTR") or kind == "CK_NOTIFY" or kind.endswith("MUTEX"):
        return ctypes.c_void_p
    if kind in ("CK_BYTE", "CK_CHAR", "CK_UTF8CHAR", "CK_BBOOL"):
        return ctypes.c_ubyte
    return ctypes.c_ulong


def _member(made, kind, field):
    name, bracket, count = field.partition("[")
    base = ctype(kind, made)
    return (name, base * int(count.rstrip("]")) if bracket else base)


STRUCTURES = _structures()
Attribute = STRUCTURES["CK_ATTRIBUTE"]
Mechanism = STRUCTURES["CK_MECHANISM"]
SignContext = STRUCTURES["CK_SIGN_ADDITIONAL_CONTEXT"]
HashSignContext = STRUCTURES["CK_HASH_SIGN_ADDITIONAL_CONTEXT"]


class Interface(ctypes.Structure):
    """CK_INTERFACE with its name as text."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("functions", ctypes.c_void_p),
        ("flags", ctypes.c_ulong),
    ]


def address(buffer):
    return ctypes.cast(buffer, ctypes.c_void_p).value


def text(field):
    """A blank-padded field."""
    return bytes(field).decode().rstrip(" ")


def _value(value):
    """A ctypes object that holds one attribute's value."""
    if isinstance(value, bool):
        return ctypes.c_ubyte(value)
    if isinstance(value, int):
        return ctypes.c_ulong(value)
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, (bytes, bytearray)):
        return (ctypes.c_ubyte * len(value)).from_buffer_copy(value)
    if isinstance(value, dict):
        return template(value)
    if isinstance(value, list):
        return (ctypes.c_ulong * len(value))(*value)
    return value


def template(attributes):
    """A CK_ATTRIBUTE array of {type: value} or [(type, value)…], which keeps its values alive.

    Values: bool, int, bytes, str, a list of mechanisms, a dict (nested template), or None for a
    NULL pointer with length 0.
    """
    pairs = list(attributes.items() if isinstance(attributes, dict) else attributes)
    array = (Attribute * len(pairs))()
    array.values = [None if value is None else _value(value) for _, value in pairs]
    for entry, (kind, _), value in zip(array, pairs, array.values):
        entry.type = kind
        if value is not None:
            entry.pValue = ctypes.addressof(value)
            entry.ulValueLen = ctypes.sizeof(value)
    return array


def mechanism(kind, param=None):
    """A CK_MECHANISM; param is a ctypes structure or bytes."""
    made = Mechanism(kind, None, 0)
    if param is not None:
        made.param = _value(param)
        made.pParameter = ctypes.addressof(made.param)
        made.ulParameterLen = ctypes.sizeof(made.param)
    return made


def sign_context(context=b"", hedge=0, hash_mechanism=None):
    """CK_SIGN_ADDITIONAL_CONTEXT, or CK_HASH_SIGN_ADDITIONAL_CONTEXT if there is a hash."""
    buffer = _value(context)
    pointer = ctypes.addressof(buffer) if context else None
    if hash_mechanism is None:
        made = SignContext(hedge, pointer, len(context))
    else:
        made = HashSignContext(hedge, pointer, len(context), hash_mechanism)
    made.buffer = buffer
    return made


def struct_param(struct, *values):
    """A parameter structure; bytes become pointers to them, which it keeps alive."""
    buffers = [_value(value) if isinstance(value, bytes) else value for value in values]
    made = STRUCTURES[struct]()
    for (field, kind), buffer, value in zip(made._fields_, buffers, values):
        if kind is not ctypes.c_void_p:
            setattr(made, field, (kind)(*value) if isinstance(value, bytes) else value)
        elif value:
            setattr(made, field, ctypes.addressof(buffer))
    made.buffers = buffers
    return made


def gcm(iv, aad=b"", tag_bits=128):
    return struct_param("CK_GCM_PARAMS", iv, len(iv), 8 * len(iv), aad, len(aad), tag_bits)


def ccm(data_len, nonce, aad=b"", mac_len=16):
    return struct_param("CK_CCM_PARAMS", data_len, nonce, len(nonce), aad, len(aad), mac_len)


def ctr(block, bits=128):
    return struct_param("CK_AES_CTR_PARAMS", bits, block)


def chacha20(counter, nonce):
    return struct_param("CK_CHACHA20_PARAMS", counter, 8 * len(counter), nonce, 8 * len(nonce))


def chacha20_poly1305(nonce, aad=b""):
    return struct_param(
        "CK_SALSA20_CHACHA20_POLY1305_PARAMS", nonce, 8 * len(nonce), aad, len(aad)
    )


def gcm_wrap(iv, aad=b"", generator=3, tag_bits=128):
    """CK_GCM_WRAP_PARAMS; iv is a ctypes array that gets the nonce (3 is CKG_GENERATE_RANDOM)."""
    made = struct_param("CK_GCM_WRAP_PARAMS", None, len(iv), 0, generator, aad, len(aad), tag_bits)
    made.pIv = ctypes.addressof(iv)
    made.iv = iv
    return made


def gcm_message(iv, tag, generator=3):
    """CK_GCM_MESSAGE_PARAMS over two ctypes arrays."""
    made = struct_param("CK_GCM_MESSAGE_PARAMS", None, len(iv), 0, generator, None, 8 * len(tag))
    made.pIv, made.pTag = ctypes.addressof(iv), ctypes.addressof(tag)
    made.held = (iv, tag)
    return made


def hkdf(hash_mechanism, salt=None, info=b"", extract=True, expand=True):
    """CK_HKDF_PARAMS; salt is bytes, a key's handle, or None."""
    kind = 1 if salt is None else 2 if isinstance(salt, bytes) else 4
    data, key = (salt, 0) if kind == 2 else (b"", salt or 0)
    return struct_param(
        "CK_HKDF_PARAMS", extract, expand, hash_mechanism, kind, data, len(data), key, info, len(info)
    )


def ecdh(point=b"", kdf=1, shared=b""):
    """CK_ECDH1_DERIVE_PARAMS; kdf is a CKD_. A KEM has no point."""
    return struct_param("CK_ECDH1_DERIVE_PARAMS", kdf, len(shared), shared, len(point), point)


def string_data(data):
    return struct_param("CK_KEY_DERIVATION_STRING_DATA", data, len(data))


def aes_cbc_data(iv, data):
    return struct_param("CK_AES_CBC_ENCRYPT_DATA_PARAMS", iv, data, len(data))


def array_of(struct, items):
    """An array of structures, which keeps them alive; None if there are none."""
    array = (STRUCTURES[struct] * len(items))(*items)
    array.held = items
    return array if items else None


def piece(kind, value=None):
    """CK_PRF_DATA_PARAM; value is bytes, a structure, a key's handle, or None."""
    made = STRUCTURES["CK_PRF_DATA_PARAM"](kind, None, 0)
    if value is not None:
        made.held = _value(value)
        made.pValue, made.ulValueLen = ctypes.addressof(made.held), ctypes.sizeof(made.held)
    return made


def counter(kind, bits, little=False):
    """A counter in a piece of its own."""
    return piece(kind, STRUCTURES["CK_SP800_108_COUNTER_FORMAT"](little, bits))


def dkm_length(bits, little=False, method=CONSTANTS["CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS"]):
    structure = STRUCTURES["CK_SP800_108_DKM_LENGTH_FORMAT"](method, little, bits)
    return piece(CONSTANTS["CK_SP800_108_DKM_LENGTH"], structure)


def derived_key(attributes):
    """CK_DERIVED_KEY; its handle is in .handle."""
    handle, array = ctypes.c_ulong(77), template(attributes)
    made = STRUCTURES["CK_DERIVED_KEY"](ctypes.addressof(array), len(array), ctypes.addressof(handle))
    made.handle, made.array = handle, array
    return made


def sp800_108(prf, pieces, more=(), iv=None):
    """CK_SP800_108_KDF_PARAMS, or, if there is an iv, the CK_SP800_108_FEEDBACK_KDF_PARAMS."""
    array, keys = array_of("CK_PRF_DATA_PARAM", list(pieces)), array_of("CK_DERIVED_KEY", list(more))
    name = "CK_SP800_108_KDF_PARAMS" if iv is None else "CK_SP800_108_FEEDBACK_KDF_PARAMS"
    made = STRUCTURES[name]()
    made.prfType, made.ulNumberOfDataParams, made.ulAdditionalDerivedKeys = prf, len(pieces), len(more)
    made.pDataParams = array and ctypes.addressof(array)
    made.pAdditionalDerivedKeys = keys and ctypes.addressof(keys)
    if iv:
        buffer = _value(iv)
        made.pIV, made.ulIVLen, made.buffer = ctypes.addressof(buffer), len(iv), buffer
    made.held = (array, keys)
    return made


def pbkdf2(password, salt, iterations, prf):
    """CK_PKCS5_PBKD2_PARAMS2 (1 is CKZ_SALT_SPECIFIED)."""
    return struct_param(
        "CK_PKCS5_PBKD2_PARAMS2", 1, salt, len(salt), iterations, prf, None, 0, password, len(password)
    )


# TLS 1.2


def _randoms(client, server):
    return struct_param("CK_SSL3_RANDOM_DATA", client, len(client), server, len(server))


def tls_master(hash_mechanism, client, server, version=None):
    """CK_TLS12_MASTER_KEY_DERIVE_PARAMS; version is a CK_VERSION that is written to, or None."""
    made = struct_param("CK_TLS12_MASTER_KEY_DERIVE_PARAMS", _randoms(client, server), None, hash_mechanism)
    made.pVersion = version and ctypes.addressof(version)
    return made


def tls_extended(hash_mechanism, session_hash, version=None):
    made = struct_param(
        "CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS", hash_mechanism, session_hash, len(session_hash), None
    )
    made.pVersion = version and ctypes.addressof(version)
    return made


def tls_keys(hash_mechanism, client, server, mac=0, key=0, iv=0):
    """CK_TLS12_KEY_MAT_PARAMS, lengths in bytes; what is given is in .out, .client_iv and .server_iv."""
    ivs = [(ctypes.c_ubyte * 64)(*([0xEE] * 64)) for _ in range(2)]
    out = STRUCTURES["CK_SSL3_KEY_MAT_OUT"](77, 77, 77, 77, *(ctypes.addressof(one) for one in ivs))
    made = struct_param(
        "CK_TLS12_KEY_MAT_PARAMS", 8 * mac, 8 * key, 8 * iv, False, _randoms(client, server), None, hash_mechanism
    )
    made.pReturnedKeyMaterial = ctypes.addressof(out)
    made.out, (made.client_iv, made.server_iv) = out, ivs
    return made


def tls_kdf(hash_mechanism, label, client, server, context=None):
    """CK_TLS_KDF_PARAMS; an empty context is not none."""
    randoms = _randoms(client, server)
    made = struct_param(
        "CK_TLS_KDF_PARAMS", hash_mechanism, label, len(label), randoms, context or b"", len(context or b"")
    )
    if context == b"":
        made.pContextData = ctypes.addressof(made)
    return made


def tls_mac(hash_mechanism, length, server):
    return struct_param("CK_TLS_MAC_PARAMS", hash_mechanism, length, 1 if server else 2)


def mac_len(length):
    return ctypes.c_ulong(length)


# ------------------------------------------------------------------------------- the module


class Module:
    """One loaded module."""

    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        for name, (_, parameters) in FUNCTIONS.items():
            function = getattr(self.lib, name)
            function.restype = ctypes.c_ulong
            function.argtypes = [ctype(part.split()[0]) for part in parameters.split(", ")]
            setattr(self, name, function)
            setattr(self, name[2:], self._checked(name, function))

    @staticmethod
    def _checked(name, function):
        def call(*args):
            rv = function(*args)
            if rv != CKR_OK:
                raise Error(name, rv)

        return call

    def __enter__(self):
        self.Initialize(None)
        return self

    def __exit__(self, *failure):
        self.C_Finalize(None)

    def info(self, function, *args):
        """The structure that a C_Get…Info function fills in."""
        kind = {
            "C_GetInfo": "CK_INFO",
            "C_GetSlotInfo": "CK_SLOT_INFO",
            "C_GetTokenInfo": "CK_TOKEN_INFO",
            "C_GetMechanismInfo": "CK_MECHANISM_INFO",
            "C_GetSessionInfo": "CK_SESSION_INFO",
        }[function]
        filled = STRUCTURES[kind]()
        getattr(self, function[2:])(*args, ctypes.byref(filled))
        return filled

    def _list(self, ask, *args):
        count = ctypes.c_ulong()
        ask(*args, None, ctypes.byref(count))
        array = (ctypes.c_ulong * count.value)()
        ask(*args, array, ctypes.byref(count))
        return list(array[: count.value])

    def slots(self):
        return self._list(self.GetSlotList, True)

    def mechanisms(self, slot):
        return self._list(self.GetMechanismList, slot)

    def token_flags(self, slot):
        return self.info("C_GetTokenInfo", slot).flags

    def slot_of(self, label):
        for slot in self.slots():
            if text(self.info("C_GetTokenInfo", slot).label) == label:
                return slot
        raise KeyError(label)

    def init_token(self, slot, so_pin, label):
        self.InitToken(slot, so_pin, len(so_pin), label.encode().ljust(32))

    def session(self, slot, rw=True):
        return Session(self, slot, rw)


class Session:
    """One session. Methods raise Error; `handle` serves raw calls."""

    def __init__(self, module, slot, rw=True):
        self.m = module
        self.slot = slot
        handle = ctypes.c_ulong()
        flags = CKF_SERIAL_SESSION | (CKF_RW_SESSION if rw else 0)
        module.OpenSession(slot, flags, None, None, ctypes.byref(handle))
        self.handle = handle.value

    def close(self):
        self.m.CloseSession(self.handle)

    def login(self, pin, user=CONSTANTS["CKU_USER"]):
        self.m.Login(self.handle, user, pin, len(pin))

    def logout(self):
        self.m.Logout(self.handle)

    def init_pin(self, pin):
        self.m.InitPIN(self.handle, pin, len(pin))

    def set_pin(self, old, new):
        self.m.SetPIN(self.handle, old, len(old), new, len(new))

    def state(self):
        return self.m.info("C_GetSessionInfo", self.handle).state

    # objects

    def create(self, attributes):
        made = ctypes.c_ulong()
        array = template(attributes)
        self.m.CreateObject(self.handle, array, len(array), ctypes.byref(made))
        return made.value

    def copy(self, handle, attributes):
        made = ctypes.c_ulong()
        array = template(attributes)
        self.m.CopyObject(self.handle, handle, array, len(array), ctypes.byref(made))
        return made.value

    def destroy(self, handle):
        self.m.DestroyObject(self.handle, handle)

    def get(self, handle, kind):
        """The bytes of one attribute."""
        array = template([(kind, None)])
        self.m.GetAttributeValue(self.handle, handle, array, 1)
        buffer = (ctypes.c_ubyte * array[0].ulValueLen)()
        array[0].pValue = ctypes.addressof(buffer)
        self.m.GetAttributeValue(self.handle, handle, array, 1)
        return bytes(buffer)

    def get_number(self, handle, kind):
        return int.from_bytes(self.get(handle, kind), "little")

    def get_bool(self, handle, kind):
        return self.get(handle, kind) == b"\1"

    def set(self, handle, attributes):
        array = template(attributes)
        self.m.SetAttributeValue(self.handle, handle, array, len(array))

    def find(self, attributes=()):
        array = template(attributes)
        self.m.FindObjectsInit(self.handle, array, len(array))
        found = []
        page = (ctypes.c_ulong * 16)()
        count = ctypes.c_ulong()
        while True:
            self.m.FindObjects(self.handle, page, 16, ctypes.byref(count))
            if count.value == 0:
                break
            found += page[: count.value]
        self.m.FindObjectsFinal(self.handle)
        return found

    # keys

    def generate(self, kind, public, private):
        """(public, private)"""
        made = (ctypes.c_ulong(), ctypes.c_ulong())
        public, private = template(public), template(private)
        self.m.GenerateKeyPair(
            self.handle,
            ctypes.byref(mechanism(kind)),
            public,
            len(public),
            private,
            len(private),
            ctypes.byref(made[0]),
            ctypes.byref(made[1]),
        )
        return made[0].value, made[1].value

    def generate_key(self, kind, attributes, param=None):
        made = ctypes.c_ulong()
        array = template(attributes)
        how = ctypes.byref(mechanism(kind, param))
        self.m.GenerateKey(self.handle, how, array, len(array), ctypes.byref(made))
        return made.value

    def encapsulate(self, key, attributes, kind=CONSTANTS["CKM_ML_KEM"], param=None):
        """(ciphertext, handle of the secret)"""
        how = mechanism(kind, param)
        array = template(attributes)
        made, length = ctypes.c_ulong(), ctypes.c_ulong()
        args = (self.handle, ctypes.byref(how), key, array, len(array))
        self.m.EncapsulateKey(*args, None, ctypes.byref(length), ctypes.byref(made))
        ciphertext = (ctypes.c_ubyte * length.value)()
        self.m.EncapsulateKey(*args, ciphertext, ctypes.byref(length), ctypes.byref(made))
        return bytes(ciphertext[: length.value]), made.value

    def decapsulate(self, key, ciphertext, attributes, kind=CONSTANTS["CKM_ML_KEM"], param=None):
        how = mechanism(kind, param)
        array = template(attributes)
        made = ctypes.c_ulong()
        self.m.DecapsulateKey(
            self.handle,
            ctypes.byref(how),
            key,
            array,
            len(array),
            ciphertext,
            len(ciphertext),
            ctypes.byref(made),
        )
        return made.value

    def wrap(self, wrapping, key, kind, param=None):
        how = ctypes.byref(mechanism(kind, param))
        return self._output(self.m.WrapKey, how, wrapping, key)

    def unwrap(self, key, wrapped, attributes, kind, param=None):
        made = ctypes.c_ulong()
        array = template(attributes)
        how = ctypes.byref(mechanism(kind, param))
        self.m.UnwrapKey(
            self.handle, how, key, wrapped, len(wrapped), array, len(array), ctypes.byref(made)
        )
        return made.value

    def wrap_authenticated(self, wrapping, key, kind, param, aad=b""):
        how = ctypes.byref(mechanism(kind, param))
        return self._output(self.m.WrapKeyAuthenticated, how, wrapping, key, aad, len(aad))

    def unwrap_authenticated(self, key, wrapped, attributes, kind, param, aad=b""):
        made = ctypes.c_ulong()
        array = template(attributes)
        how = ctypes.byref(mechanism(kind, param))
        args = (self.handle, how, key, wrapped, len(wrapped), array, len(array), aad, len(aad))
        self.m.UnwrapKeyAuthenticated(*args, ctypes.byref(made))
        return made.value

    def derive(self, key, attributes, kind, param=None):
        made = ctypes.c_ulong()
        array = template(attributes)
        how = ctypes.byref(mechanism(kind, param))
        self.m.DeriveKey(self.handle, how, key, array, len(array), ctypes.byref(made))
        return made.value

    # encryption

    def encrypt(self, key, data, kind, param=None):
        self.m.EncryptInit(self.handle, ctypes.byref(mechanism(kind, param)), key)
        return self._output(self.m.Encrypt, data, len(data))

    def decrypt(self, key, data, kind, param=None):
        self.m.DecryptInit(self.handle, ctypes.byref(mechanism(kind, param)), key)
        return self._output(self.m.Decrypt, data, len(data))

    def encrypt_parts(self, key, parts, kind, param=None):
        self.m.EncryptInit(self.handle, ctypes.byref(mechanism(kind, param)), key)
        done = [self._output(self.m.EncryptUpdate, part, len(part)) for part in parts]
        return b"".join(done) + self._output(self.m.EncryptFinal)

    def decrypt_parts(self, key, parts, kind, param=None):
        self.m.DecryptInit(self.handle, ctypes.byref(mechanism(kind, param)), key)
        done = [self._output(self.m.DecryptUpdate, part, len(part)) for part in parts]
        return b"".join(done) + self._output(self.m.DecryptFinal)

    # signatures, digests, random numbers

    def _output(self, function, *args):
        """The bytes of a function that ends with an output buffer and its length."""
        length = ctypes.c_ulong()
        function(self.handle, *args, None, ctypes.byref(length))
        buffer = (ctypes.c_ubyte * length.value)()
        function(self.handle, *args, buffer, ctypes.byref(length))
        return bytes(buffer[: length.value])

    def sign(self, key, data, kind=CONSTANTS["CKM_ML_DSA"], param=None):
        self.m.SignInit(self.handle, ctypes.byref(mechanism(kind, param)), key)
        return self._output(self.m.Sign, data, len(data))

    def sign_recover(self, key, data, kind):
        self.m.SignRecoverInit(self.handle, ctypes.byref(mechanism(kind)), key)
        return self._output(self.m.SignRecover, data, len(data))

    def verify_recover(self, key, signature, kind):
        self.m.VerifyRecoverInit(self.handle, ctypes.byref(mechanism(kind)), key)
        return self._output(self.m.VerifyRecover, signature, len(signature))

    def sign_parts(self, key, parts, kind=CONSTANTS["CKM_ML_DSA"], param=None):
        self.m.SignInit(self.handle, ctypes.byref(mechanism(kind, param)), key)
        for part in parts:
            self.m.SignUpdate(self.handle, part, len(part))
        return self._output(self.m.SignFinal)

    def verify(self, key, data, signature, kind=CONSTANTS["CKM_ML_DSA"], param=None):
        self.m.VerifyInit(self.handle, ctypes.byref(mechanism(kind, param)), key)
        self.m.Verify(self.handle, data, len(data), signature, len(signature))

    def verify_parts(self, key, parts, signature, kind=CONSTANTS["CKM_ML_DSA"], param=None):
        self.m.VerifyInit(self.handle, ctypes.byref(mechanism(kind, param)), key)
        for part in parts:
            self.m.VerifyUpdate(self.handle, part, len(part))
        self.m.VerifyFinal(self.handle, signature, len(signature))

    def verify_signature(self, key, parts, signature, kind=CONSTANTS["CKM_ML_DSA"], param=None):
        """C_VerifySignature…: in a single part if there is one."""
        how = mechanism(kind, param)
        self.m.VerifySignatureInit(self.handle, ctypes.byref(how), key, signature, len(signature))
        if len(parts) == 1:
            self.m.VerifySignature(self.handle, parts[0], len(parts[0]))
            return
        for part in parts:
            self.m.VerifySignatureUpdate(self.handle, part, len(part))
        self.m.VerifySignatureFinal(self.handle)

    def digest(self, kind, data):
        self.m.DigestInit(self.handle, ctypes.byref(mechanism(kind)))
        return self._output(self.m.Digest, data, len(data))

    def random(self, length):
        buffer = (ctypes.c_ubyte * length)()
        self.m.GenerateRandom(self.handle, buffer, length)
        return bytes(buffer)
