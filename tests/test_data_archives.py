"""Archives that are broken, or built to do harm, are refused; small ones are made here."""

import gzip
import hashlib
import io
import random
import stat
import tarfile
import zipfile

import pytest

from companion.data.archives import BLOCK, checked, read, walk
from companion.data.cache import DataDamaged
from companion.data.registry import Member

MEGABYTE = 1 << 20
FILES = {"pack/a.txt": b"first\n" * 300, "pack/b.bin": bytes(range(256)) * 9, "pack/empty": b""}


def tar_gz(files=FILES, special=()):
    """Make a gzipped tar archive of these files, then of these ready-made entries."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for info in special:
            tar.addfile(info)
    return raw.getvalue()


def zipped(files=FILES, special=()):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        for info in special:
            archive.writestr(info, b"target")
    return raw.getvalue()


MAKERS = pytest.mark.parametrize("make", [tar_gz, zipped])


def contents(archive, limit=MEGABYTE):
    return {name: b"".join(blocks) for name, blocks in walk(io.BytesIO(archive), limit)}


def member(name, content=None):
    content = FILES[name] if content is None else content
    return Member(name, len(content), hashlib.sha256(content).hexdigest())


@MAKERS
def test_whole_archive_is_read(make, tmp_path):
    assert contents(make()) == FILES
    path = tmp_path / "archive"
    path.write_bytes(make())
    assert {name: b"".join(blocks) for name, blocks in walk(path, MEGABYTE)} == FILES
    assert list(tmp_path.iterdir()) == [path]


@MAKERS
def test_content_may_be_left_unread(make):
    assert [name for name, _ in walk(io.BytesIO(make()), MEGABYTE)] == list(FILES)


@MAKERS
@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "pack/../../outside",
        "/etc/outside",
        "\\outside",
        "..\\outside",
        "C:\\outside",
        "C:outside",
    ],
)
def test_path_that_leads_out_is_refused(make, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataDamaged, match="a path that leads out of it"):
        contents(make({"pack/a.txt": b"a", name: b"gotcha"}))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_link_or_device_in_a_tar_is_refused(kind):
    info = tarfile.TarInfo("pack/link")
    info.type, info.linkname = kind, "/etc/passwd"
    with pytest.raises(DataDamaged, match="a link or a device: 'pack/link'"):
        contents(tar_gz(special=[info]))


def test_link_in_a_zip_is_refused():
    info = zipfile.ZipInfo("pack/link")
    info.create_system = 3  # Unix
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(DataDamaged, match="a link or an encrypted file: 'pack/link'"):
        contents(zipped(special=[info]))


def test_encrypted_zip_is_refused():
    archive = bytearray(zipped({"pack/a.txt": b"a" * 50}))
    archive[archive.index(b"PK\x03\x04") + 6] |= 1
    archive[archive.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DataDamaged, match="encrypted"):
        contents(bytes(archive))


@MAKERS
def test_bomb_is_refused(make):
    bomb = make({"pack/zeros": bytes(64 * MEGABYTE)})
    assert len(bomb) < MEGABYTE / 8
    with pytest.raises(DataDamaged, match="oversized: the archive unpacks to more than 1,048,576 bytes"):
        contents(bomb)


def test_bomb_of_many_members_is_refused():
    many = {f"pack/{i}": bytes(MEGABYTE // 16) for i in range(17)}
    for make in (tar_gz, zipped):
        with pytest.raises(DataDamaged, match="oversized"):
            contents(make(many))


def test_bomb_behind_the_end_of_the_tar_is_refused():
    with pytest.raises(DataDamaged, match="oversized"):
        contents(tar_gz() + gzip.compress(bytes(64 * MEGABYTE)))


def test_sparse_file_that_would_grow_is_refused():
    info = tarfile.TarInfo("pack/holes")
    info.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.name": "pack/holes",
        "GNU.sparse.size": str(1 << 40),
        "GNU.sparse.map": f"0,0,{1 << 40},0",
    }
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(info)
    with pytest.raises(DataDamaged, match="a link or a device"):
        contents(raw.getvalue())


def test_zip_that_lies_about_a_size_is_refused():
    content = bytes(8 * MEGABYTE)
    archive = zipped({"pack/zeros": content})
    lying = archive.replace(len(content).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != archive
    with pytest.raises(DataDamaged, match="not a whole archive"):
        contents(lying)


@MAKERS
def test_truncation_anywhere_is_noticed(make):
    whole = make()
    for length in range(0, len(whole), 7):
        with pytest.raises(DataDamaged):
            contents(whole[:length])


@MAKERS
def test_flipped_bits_are_noticed_or_harmless(make):
    rng, whole, refused = random.Random(5), make(), 0
    for _ in range(600):
        broken = bytearray(whole)
        broken[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        try:
            found = contents(bytes(broken))
        except DataDamaged:
            refused += 1
        else:  # a time stamp, a name: what is found is sound (and `read` notices what is not)
            assert set(found.values()) <= set(FILES.values())
    assert refused > 300


NO_TAR = gzip.compress(b"not a tar archive" * 99, mtime=0)  # the time would go into the test's name


@pytest.mark.parametrize("content", [b"", b"PK", b"hello, world", NO_TAR])
def test_what_is_no_archive_is_refused(content):
    with pytest.raises(DataDamaged):
        read(io.BytesIO(content), MEGABYTE, [member("pack/a.txt")])


@MAKERS
def test_members_are_checked(make):
    archive = make()
    names = ["pack/a.txt", "pack/b.bin"]
    assert read(io.BytesIO(archive), MEGABYTE, map(member, names)) == {name: FILES[name] for name in names}
    wrong = {
        "truncated: pack/a.txt has 1,800 bytes, expected 1,801": member(
            "pack/a.txt", FILES["pack/a.txt"] + b"!"
        ),
        "oversized: pack/a.txt has more than 1,799 bytes": member("pack/a.txt", FILES["pack/a.txt"][:-1]),
        "damaged: pack/a.txt: expected SHA-256": member("pack/a.txt", b"x" * 1800),
        "the archive lacks pack/c": member("pack/c", b""),
    }
    for message, expected in wrong.items():
        with pytest.raises(DataDamaged, match=message):
            read(io.BytesIO(archive), MEGABYTE, [expected])


def test_oversized_member_is_refused_before_it_is_all_read():
    given = []

    def endless():
        while True:
            given.append(BLOCK)
            yield bytes(BLOCK)

    with pytest.raises(DataDamaged, match="oversized"):
        for _ in checked(endless(), Member("pack/a.txt", 3 * BLOCK, "0" * 64)):
            pass
    assert len(given) == 4
