# SPDX-License-Identifier: Apache-2.0
"""Runs a test case of the PKCS#11 Profiles (XML) against a module and compares the answers.

A case is a sequence of pairs of elements: a call with its inputs, and what it returns. Names, numbers
and bytes become Python's: a flag word an int, text a str, bytes bytes. An output is known by its path
in the XML without regard to case, "tokeninfo/flags", and a list's length by "slotlist.length".
"""

import ctypes
import re
import xml.etree.ElementTree

import p11

PREFIXES = {"flags": "CKF_", "type": "CKM_", "usertype": "CKU_", "class": "CKO_"}
TEXTS = {"label", "librarydescription", "manufacturerid", "model", "pin", "serialnumber", "slotdescription", "utctime"}
BYTES = {"data", "modulus", "public_exponent", "signature", "value"}
LISTS = {"slotlist", "mechanismlist", "object"}

# What "Variable Items" of the profiles' section 3.1 leaves to the provider.
VARIABLE_ITEMS = {
    "firmwareversion", "hardwareversion", "label", "librarydescription", "libraryversion",
    "manufacturerid", "model", "serialnumber", "slotdescription", "utctime",
}  # fmt: skip


class Symbol(str):
    """A name that stands for what the module answered, ${SlotList.length}."""


def parsed(name, text):
    """The value of an element, or attribute, of this name."""
    if text.startswith("${"):
        return Symbol(text[2:-1].lower())
    if name in TEXTS:
        return text
    if name in BYTES:
        return bytes.fromhex(text)
    if text.lower() in ("true", "false"):
        return int(text.lower() == "true")
    if text == "UnavailableInformation":
        return p11.UNAVAILABLE
    if text[:1].isdigit():
        return int(text, 0)
    number = 0
    for word in re.split(r"[| ]", text):
        number |= p11.CONSTANTS[PREFIXES[name] + word]
    return number


def outputs(element, path=""):
    """{path: value} of what the elements below this one say."""
    told = {}
    for index, part in enumerate(element):
        name = (part.get("type") or part.tag).lower()
        where = f"{path}{name}" + (f"[{index}]" if element.tag.lower() in LISTS else "")
        if part.get("value") is not None:
            told[where] = parsed(name, part.get("value"))
        elif part.get("length") is not None:
            told[where + ".length"] = parsed("length", part.get("length"))
        elif part.get("major") is not None:
            told[where] = (int(part.get("major")), int(part.get("minor")))
        told |= outputs(part, where + "/")
    return told


def python_value(field):
    """A member of one of Cryptoki's information structures."""
    if isinstance(field, int):
        return field
    if isinstance(field, ctypes.Array):
        return bytes(field).decode()
    return (field.major, field.minor)


class Caller:
    """Makes the calls; `known` has what the symbols stand for, `order` sorts handles that were found."""

    def __init__(self, module, known, order):
        self.m = module
        self.known = {name.lower(): value for name, value in known.items()}
        self.order = order

    def call(self, request):
        """(CK_RV, {path: value}) of a call."""
        rv, told = getattr(self, request.tag)(request)
        self.known |= {path.replace("/", "."): value for path, value in told.items()}
        return rv, told

    # ---- inputs

    def value(self, request, path):
        element = request.find(path)
        return self._resolved(parsed(element.tag.lower(), element.get("value")))

    def length(self, element):
        """The room for an output, or None where it is asked how much there has to be."""
        text = element.get("length")
        return None if text is None else self._resolved(parsed("length", text))

    def _resolved(self, value):
        return self.known[value] if isinstance(value, Symbol) else value

    # ---- general, slots and tokens

    def C_Initialize(self, _):
        return self.m.C_Initialize(None), {}

    def C_Finalize(self, _):
        return self.m.C_Finalize(None), {}

    def C_GetInfo(self, _):
        return self._info("C_GetInfo", "CK_INFO", "info")

    def C_GetSlotInfo(self, request):
        return self._info("C_GetSlotInfo", "CK_SLOT_INFO", "slotinfo", self.value(request, "SlotID"))

    def C_GetTokenInfo(self, request):
        return self._info("C_GetTokenInfo", "CK_TOKEN_INFO", "tokeninfo", self.value(request, "SlotID"))

    def C_GetMechanismInfo(self, request):
        args = self.value(request, "SlotID"), self.value(request, "Type")
        return self._info("C_GetMechanismInfo", "CK_MECHANISM_INFO", "mechanisminfo", *args)

    def _info(self, function, kind, path, *args):
        filled = p11.STRUCTURES[kind]()
        rv = getattr(self.m, function)(*args, ctypes.byref(filled))
        names = [name for name, _ in filled._fields_]
        return rv, {f"{path}/{name.removeprefix('ul').lower()}": python_value(getattr(filled, name)) for name in names}

    def C_GetSlotList(self, request):
        return self._list(request, "SlotList", "slotid", self.m.C_GetSlotList, self.value(request, "TokenPresent"))

    def C_GetMechanismList(self, request):
        return self._list(request, "MechanismList", "type", self.m.C_GetMechanismList, self.value(request, "SlotID"))

    def _list(self, request, name, item, function, *args):
        room = self.length(request.find(name))
        count = ctypes.c_ulong(room or 0)
        array = None if room is None else (ctypes.c_ulong * room)()
        rv = function(*args, array, ctypes.byref(count))
        path = name.lower()
        if array is None:
            return rv, {f"{path}.length": count.value}
        return rv, {f"{path}/{item}[{i}]": value for i, value in enumerate(array[: count.value])}

    # ---- sessions

    def C_OpenSession(self, request):
        session = ctypes.c_ulong()
        args = self.value(request, "SlotID"), self.value(request, "Flags")
        rv = self.m.C_OpenSession(*args, None, None, ctypes.byref(session))
        return rv, {"session": session.value}

    def C_Login(self, request):
        pin = self.value(request, "Pin").encode()
        return self.m.C_Login(self.value(request, "Session"), self.value(request, "UserType"), pin, len(pin)), {}

    def C_Logout(self, request):
        return self.m.C_Logout(self.value(request, "Session")), {}

    def C_CloseSession(self, request):
        return self.m.C_CloseSession(self.value(request, "Session")), {}

    def C_CloseAllSessions(self, request):
        return self.m.C_CloseAllSessions(self.value(request, "SlotID")), {}

    # ---- objects

    def C_FindObjectsInit(self, request):
        wanted = []
        for attribute in request.iterfind("Template/Attribute"):
            name, text = attribute.get("type"), attribute.get("value")
            value = parsed(name.lower(), text)
            wanted.append((p11.CONSTANTS["CKA_" + name], bool(value) if text.lower() in ("true", "false") else value))
        return self.m.C_FindObjectsInit(self.value(request, "Session"), p11.template(wanted), len(wanted)), {}

    def C_FindObjects(self, request):
        session, room = self.value(request, "Session"), self.length(request.find("Object"))
        handles, count = (ctypes.c_ulong * room)(), ctypes.c_ulong()
        rv = self.m.C_FindObjects(session, handles, room, ctypes.byref(count))
        found = self.order(self.m, session, handles[: count.value])
        return rv, {f"object/object[{i}]": handle for i, handle in enumerate(found)}

    def C_FindObjectsFinal(self, request):
        return self.m.C_FindObjectsFinal(self.value(request, "Session")), {}

    def C_GetAttributeValue(self, request):
        asked = request.findall("Template/Attribute")
        names = [attribute.get("type") for attribute in asked]
        rooms = [self.length(attribute) for attribute in asked]
        array = p11.template([(p11.CONSTANTS["CKA_" + name], room and bytes(room)) for name, room in zip(names, rooms)])
        rv = self.m.C_GetAttributeValue(self.value(request, "Session"), self.value(request, "Object"), array, len(asked))
        told = {}
        for name, room, entry in zip(names, rooms, array):
            path = f"template/{name.lower()}"
            if room is None:
                told[path + ".length"] = entry.ulValueLen
            else:
                value = ctypes.string_at(entry.pValue, min(entry.ulValueLen, room))
                told[path] = value.rstrip(b"\0").decode() if name.lower() in TEXTS else value
        return rv, told

    # ---- signatures

    def C_SignInit(self, request):
        how = p11.mechanism(self.value(request, "Mechanism/Type"))
        return self.m.C_SignInit(self.value(request, "Session"), ctypes.byref(how), self.value(request, "Key")), {}

    def C_Sign(self, request):
        data, room = self.value(request, "Data"), self.length(request.find("Signature"))
        signature, length = (ctypes.c_ubyte * room)(), ctypes.c_ulong(room)
        session = self.value(request, "Session")
        rv = self.m.C_Sign(session, data, len(data), signature, ctypes.byref(length))
        return rv, {"signature": bytes(signature[: length.value])}


def run(module, text, known=None, order=lambda module, session, found: found):
    """Yield (name of the call, CK_RV, expected CK_RV, what it told, what the case says) of every call."""
    caller = Caller(module, known or {}, order)
    elements = list(xml.etree.ElementTree.fromstring(text))
    for request, response in zip(elements[::2], elements[1::2], strict=True):
        mechanism = request.find("Type")
        name = request.tag + ("" if mechanism is None else f"({mechanism.get('value')})")
        rv, told = caller.call(request)
        yield name, rv, p11.CONSTANTS["CKR_" + response.get("rv")], told, outputs(response)


def differences(told, said):
    """{path: (what the module told, what the case says)} where the two differ and section 3.1 does not allow it."""
    found = {}
    for path, wanted in said.items():
        got = told.get(path)
        if isinstance(wanted, Symbol):
            same = got is not None
        elif path.startswith("mechanismlist/"):  # their order and number may vary
            same = wanted in told.values()
        elif path.rpartition("/")[2] in VARIABLE_ITEMS and not path.startswith("template/"):
            same = type(got) is type(wanted) and (not isinstance(got, str) or len(got) == len(wanted))
        else:
            same = got == wanted
        if not same:
            found[path] = (got, wanted)
    return found
