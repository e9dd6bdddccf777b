"""The rules for members' outgoing connections, loaded by the real nft in a network of its own."""

import json
import shutil
import subprocess
import sys

import pytest

from .jupyter_server import MACHINE

RULES = MACHINE / "assets/notebook-outbound.nft"
METADATA, HOST = "169.254.169.254", "168.63.129.16"
NAMES, HTTP = 53, 80
ROOT, OF_THE_SYSTEM, NOTEBOOK, OF_A_CONTAINER = 0, 999, 1001, 100_000

PROGRAM = """
import encodings.idna, json, os, socket, subprocess, sys
load, addresses, ports, users = json.loads(sys.argv[1])
run = lambda *words: subprocess.run(words, check=True)
run("ip", "link", "set", "lo", "up")
for address in addresses:
    run("ip", "address", "add", address + "/32", "dev", "lo")
for _ in range(2):
    run("nft", "-f", load)
servers = [socket.create_server((address, port)) for address in addresses for port in ports]
for user in users:
    for address in addresses:
        for port in ports:
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                os.setuid(user)
                try:
                    socket.create_connection((address, port), 3).close()
                except OSError as error:
                    os._exit(1)
                os._exit(0)
            reached = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            print(json.dumps([user, address, port, reached]))
"""


@pytest.fixture(scope="module")
def reached() -> dict[tuple[int, str, int], bool]:
    """Whether each user reaches each address and port."""
    alone = ["unshare", "--net"]
    if not shutil.which("nft") or subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("needs nft, and the right to make a network of its own")
    asked = [str(RULES), [METADATA, HOST], [NAMES, HTTP]]
    users = [ROOT, OF_THE_SYSTEM, NOTEBOOK, OF_A_CONTAINER]
    words = [*alone, sys.executable, "-c", PROGRAM, json.dumps([*asked, users])]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    found = map(json.loads, done.stdout.splitlines())
    return {(user, address, port): result for user, address, port, result in found}


@pytest.mark.parametrize("user", [NOTEBOOK, OF_A_CONTAINER])
def test_members_programs_reach_only_the_name_server(reached, user):
    assert reached[user, HOST, NAMES]
    assert not reached[user, HOST, HTTP]
    assert not reached[user, METADATA, HTTP]
    assert not reached[user, METADATA, NAMES]


@pytest.mark.parametrize("user", [ROOT, OF_THE_SYSTEM])
def test_programs_of_the_system_reach_both(reached, user):
    assert all(reached[user, address, port] for address in (HOST, METADATA) for port in (53, 80))


def test_nft_reads_the_rules():
    nft = shutil.which("nft")
    if nft is None:
        pytest.skip("needs nft")
    checked = subprocess.run([nft, "-c", "-f", RULES], capture_output=True, text=True, check=False)
    if "Operation not permitted" in checked.stderr:
        pytest.skip("nft needs root")
    assert checked.returncode == 0, checked.stderr
