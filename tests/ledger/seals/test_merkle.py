from hashlib import sha256

import pytest

from ledger.seals import merkle

# From the tests of Certificate Transparency's own reference implementation of RFC 6962.
INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [sha256(b"\x00" + bytes.fromhex(text)).digest() for text in INPUTS]


@pytest.mark.parametrize("size", range(1, 9))
def test_a_root_is_that_of_rfc_6962(size):
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_every_path_leads_to_the_root_and_no_other_leaf_does():
    for size in range(1, 20):
        leaves = [merkle.leaf(number=n, digest=f"{n:064x}") for n in range(size)]
        for index in range(size):
            path = merkle.path(leaves, index=index)
            assert merkle.followed(leaves[index], path) == merkle.root(leaves)
            other = merkle.leaf(number=index, digest="f" * 64)
            assert merkle.followed(other, path) != merkle.root(leaves)


def test_a_path_is_as_long_as_the_tree_is_high():
    leaves = [merkle.leaf(number=n, digest="a" * 64) for n in range(4096)]

    assert [len(merkle.path(leaves, index=n)) for n in (0, 4095)] == [12, 12]


def test_a_leaf_says_which_event_it_is():
    assert merkle.leaf(number=7, digest="ab").hex() == sha256(b"\x007\nab").hexdigest()
