#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""OpenDNSSEC's tools: keys in the token, and many signatures from several threads."""

import re

from program import MODULE, TOKEN, USER_PIN, ProgramTest, main


class OpendnssecTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("conf.xml", f"""<?xml version="1.0" encoding="UTF-8"?>
<Configuration><RepositoryList><Repository name="pqhw"><Module>{MODULE}</Module>
<TokenLabel>{TOKEN}</TokenLabel><PIN>{USER_PIN}</PIN><SkipPublicKey/></Repository></RepositoryList>
<Common><Logging><Syslog><Facility>local0</Facility></Syslog></Logging>
<PolicyFile>/dev/null</PolicyFile><ZoneListFile>/dev/null</ZoneListFile></Common>
<Enforcer><Datastore><SQLite>{self.dir}/kasp.db</SQLite></Datastore></Enforcer></Configuration>
""")

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


if __name__ == "__main__":
    main("ods-hsmutil", "ods-hsmspeed")
