#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""OpenDNSSEC: its tools, many signatures from several threads, and its daemons, which sign zones."""

import contextlib
import os
import re
import shutil
import signal
import sqlite3

from program import MODULE, TOKEN, USER_PIN, ProgramTest, main

ALGORITHMS = {"rsa": ("8", "2048"), "ecdsa": ("13", "256")}
SCHEMA = "/usr/share/opendnssec/schema.sqlite"
RUN = "/run/opendnssec"  # where the signer's socket is, always

ZONE = """$ORIGIN {zone}.
$TTL 3600
@ SOA ns.{zone}. admin.{zone}. 1 3600 600 86400 3600
@ NS ns
ns A 192.0.2.1
www A 192.0.2.2
"""

POLICY = """<Policy name="{name}"><Description>a test's</Description>
<Signatures><Resign>PT2H</Resign><Refresh>P3D</Refresh><Validity><Default>P14D</Default><Denial>P14D</Denial></Validity>
<Jitter>PT12H</Jitter><InceptionOffset>PT1H</InceptionOffset></Signatures><Denial><NSEC/></Denial>
<Keys><TTL>PT1M</TTL><RetireSafety>PT0S</RetireSafety><PublishSafety>PT0S</PublishSafety>
<KSK><Algorithm length="{size}">{algorithm}</Algorithm><Lifetime>P1Y</Lifetime><Repository>pqhw</Repository></KSK>
<ZSK><Algorithm length="{size}">{algorithm}</Algorithm><Lifetime>P90D</Lifetime><Repository>pqhw</Repository></ZSK></Keys>
<Zone><PropagationDelay>PT0S</PropagationDelay><SOA><TTL>PT1M</TTL><Minimum>PT1M</Minimum><Serial>counter</Serial></SOA></Zone>
<Parent><PropagationDelay>PT0S</PropagationDelay><DS><TTL>PT1M</TTL></DS><SOA><TTL>PT1M</TTL><Minimum>PT1M</Minimum></SOA></Parent></Policy>
"""


class OpendnssecTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("conf.xml", f"""<?xml version="1.0" encoding="UTF-8"?>
<Configuration><RepositoryList><Repository name="pqhw"><Module>{MODULE}</Module>
<TokenLabel>{TOKEN}</TokenLabel><PIN>{USER_PIN}</PIN><SkipPublicKey/></Repository></RepositoryList>
<Common><PolicyFile>{self.dir}/kasp.xml</PolicyFile><ZoneListFile>{self.dir}/zonelist.xml</ZoneListFile></Common>
<Enforcer><Datastore><SQLite>{self.dir}/kasp.db</SQLite></Datastore><AutomaticKeyGenerationPeriod>PT1H</AutomaticKeyGenerationPeriod>
<PidFile>{self.dir}/enforcerd.pid</PidFile><SocketFile>{self.dir}/enforcer.sock</SocketFile>
<WorkingDirectory>{self.dir}/enforcer</WorkingDirectory></Enforcer>
<Signer><WorkingDirectory>{self.dir}/signer</WorkingDirectory></Signer></Configuration>
""")

    # ---- the tools

    def hsmutil(self, *args):
        return self.run_program("ods-hsmutil", "-c", "conf.xml", *args)

    def test_keys(self):
        self.assertIn("0 keys found", self.hsmutil("list", "pqhw"))
        for kind in (("rsa", "2048"), ("ecdsa", "256"), ("ecdsa", "384")):
            key = re.search(r"[0-9a-f]{32}", self.hsmutil("generate", "pqhw", *kind)).group()
            self.assertIn(key, self.hsmutil("list", "pqhw"))
            number = {"rsa": "8", "ecdsa": "13" if kind[1] == "256" else "14"}[kind[0]]
            self.assertIn("DNSKEY", self.hsmutil("dnskey", key, "example.test", "257", number))
            self.hsmutil("remove", key)
            self.assertNotIn(key, self.hsmutil("list", "pqhw"))

    def test_many_signatures(self):
        said = self.run_program("ods-hsmspeed", "-c", "conf.xml", "-r", "pqhw", "-i", "50", "-s", "2048", "-t", "4")
        self.assertRegex(said, r"\d+ threads?, 50 signatures per thread")

    # ---- the daemons

    def start_daemon(self, *command):
        """It is killed: told to stop, both of 2.1.12 crash now and then where they wait for their threads, and hang."""
        return self.start_service(*command, end=signal.SIGKILL)

    def enforcer(self, *args):
        return self.run_program("ods-enforcer", "-s", self.dir / "enforcer.sock", *args)

    def start_enforcer(self):
        """The daemon that makes keys, with a database of its own and a policy for each algorithm."""
        with contextlib.closing(sqlite3.connect(self.dir / "kasp.db")) as database, open(SCHEMA, encoding="utf-8") as schema:
            database.executescript(schema.read())
            database.execute("INSERT INTO databaseVersion (version) VALUES (1)")
            database.commit()
        policies = [POLICY.format(name=name, algorithm=number, size=size) for name, (number, size) in ALGORITHMS.items()]
        self.write("kasp.xml", f"<KASP>{''.join(policies)}</KASP>")
        self.write("zonelist.xml", '<?xml version="1.0" encoding="UTF-8"?><ZoneList/>')
        log = self.start_daemon("ods-enforcerd", "-d", "-c", "conf.xml")
        self.until((self.dir / "enforcer.sock").exists, log, "there is no enforcer")
        self.enforcer("policy", "import")

    def start_signer(self):
        """The daemon that signs, in a mount namespace where RUN is a directory of the test's."""
        log = self.start_daemon(*self.in_place_of({RUN: self.dir / "run"}), "ods-signerd", "-d", "-c", "conf.xml")
        self.until((self.dir / "run" / "engine.sock").exists, log, "there is no signer")
        return log

    def add_zone(self, zone, policy):
        self.write(f"unsigned/{zone}", ZONE.format(zone=zone))
        self.enforcer("zone", "add", "-z", zone, "-p", policy, "-i", self.dir / "unsigned" / zone, "-o", self.dir / "signed" / zone,
                      "-s", self.dir / "signconf" / f"{zone}.xml")  # fmt: skip

    def has(self, zone, text):
        signed = self.dir / "signed" / zone
        return lambda: signed.exists() and text in signed.read_text()

    def skip_without_daemons(self):
        for name in ("ods-enforcerd", "ods-signerd", "ldns-verify-zone", "dnssec-verify"):
            if shutil.which(name, path="/usr/sbin:/usr/bin") is None:
                print(f"note: there is no {name} here; tools/setup programs installs it if this release has it")
                self.skipTest(f"no {name}")
        if not os.path.isdir(RUN) and os.geteuid() == 0:
            os.makedirs(RUN)

    def test_zones_are_signed(self):
        self.skip_without_daemons()
        for folder in ("enforcer", "signer", "run", "unsigned", "signed", "signconf"):
            (self.dir / folder).mkdir()
        self.start_enforcer()
        zones = {f"{name}.test": name for name in ALGORITHMS}
        for zone, policy in zones.items():
            self.add_zone(zone, policy)
        for zone in zones:
            self.until((self.dir / "signconf" / f"{zone}.xml").exists, "ods-enforcerd-0.log", f"no keys for {zone}")
        log = self.start_signer()
        for zone in zones:
            self.until(self.has(zone, "RRSIG"), log, f"{zone} is not signed")
            self.verify_zone(zone, self.dir / "signed" / zone)
        listed = self.enforcer("key", "list", "-v")
        used = set(re.findall(r"[0-9a-f]{32}", listed))
        self.assertEqual(len(used), 2 * len(zones))
        self.assertLessEqual(used, {key["id"] for key in self.keys() if key["class"] == "private"})  # it makes some in advance

        for zone in zones:
            self.write(f"unsigned/{zone}", ZONE.format(zone=zone) + "new A 192.0.2.3\n")
            self.run_program("ods-signer", "-s", self.dir / "run" / "engine.sock", "sign", zone)
            self.until(self.has(zone, f"new.{zone}."), log, f"{zone} is not signed again")
            self.verify_zone(zone, self.dir / "signed" / zone)
            signed = self.dir / "signed" / zone
            signed.write_text(signed.read_text().replace("192.0.2.3", "192.0.2.4"))
            self.run_program("ldns-verify-zone", signed, fails=True)


if __name__ == "__main__":
    main("ods-hsmutil", "ods-hsmspeed")
