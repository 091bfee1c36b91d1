"""Files that nobody should have to read: damaged, endless, packed, mislabelled, impossible.

Each maker writes one input into an empty folder and returns the path for --from. Makers that take a
generator damage a whole file at random places.
"""

import bz2
import gzip
import json
import lzma
import os
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.ingest.exports import AG_AU, vasprun, write_csv, write_database, write_extxyz, write_json

Maker = Callable[[Path, np.random.Generator], Path]

ROWS = AG_AU.to_dicts()
XYZ = 'Lattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3 energy=-2.7 structure_id={name}'
UP = ".."


def extxyz(folder: Path) -> Path:
    """A whole set of ten structures."""
    return write_extxyz(folder, ROWS)


def damage(path: Path, rng: np.random.Generator) -> Path:
    """Flip, drop, double or insert some bytes."""
    content = bytearray(path.read_bytes())
    for _ in range(rng.integers(1, 12)):
        place = int(rng.integers(0, max(len(content), 1)))
        size = int(rng.choice([1, 1, 2, 8, 200]))
        kind = rng.integers(0, 4)
        if kind == 0:
            content[place : place + size] = rng.bytes(min(size, 8))
        elif kind == 1:
            del content[place : place + size]
        elif kind == 2:
            content[place:place] = content[place : place + size] * 3
        else:
            content[place:place] = rng.choice([b"\n", b"9999999", b'"', b"nan", b"\xff", b"-"])
    path.write_bytes(content)
    return path


def damaged(make: Callable[[Path], Path]) -> Maker:
    """A maker of what `make` makes, damaged."""
    return lambda folder, rng: damage(make(folder), rng)


def runs_with(folder: Path, text: str | None = None, name: str = "vasprun.xml") -> Path:
    """A folder of runs of which one has other content."""
    for row in ROWS[:4]:
        place = folder / "runs" / row["structure_id"]
        place.mkdir(parents=True)
        (place / "vasprun.xml").write_text(vasprun(row))
    if text is not None:
        (folder / "runs" / "odd").mkdir()
        (folder / "runs" / "odd" / name).write_text(text)
    return folder / "runs"


def damaged_run(folder: Path, rng: np.random.Generator) -> Path:
    path = runs_with(folder)
    damage(next(path.rglob("vasprun.xml")), rng)
    return path


def with_frame(*lines: str) -> Maker:
    """A maker of a good set with these lines in the middle."""

    def make(folder: Path, _: np.random.Generator) -> Path:
        path = extxyz(folder)
        frames = path.read_text().splitlines()
        path.write_text("\n".join([*frames[:3], *lines, *frames[3:], ""]), encoding="latin-1")
        return path

    return make


def content(name: str, data: bytes) -> Maker:
    """A maker of a file with this content."""

    def make(folder: Path, _: np.random.Generator) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def bomb(name: str, pack: Callable[[bytes], bytes], start: str) -> Maker:
    """A maker of a packed file that unpacks to gigabytes of zeros or blanks."""

    def make(folder: Path, _: np.random.Generator) -> Path:
        piece = pack(b" " * (1 << 28))
        (folder / name).write_bytes(pack(start.encode()) + piece * 8)
        return folder / name

    return make


def sql(*statements: str) -> Maker:
    """A maker of an ASE database on which these statements were executed."""

    def make(folder: Path, _: np.random.Generator) -> Path:
        path = write_database(folder, ROWS)
        with sqlite3.connect(path) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
        return path

    return make


def changed_json(key: str, value: object) -> Maker:
    """A maker of a JSON database of which one row has another value."""

    def make(folder: Path, _: np.random.Generator) -> Path:
        path = write_json(folder, ROWS)
        entries = json.loads(path.read_text())
        entries["3"][key] = value
        path.write_text(json.dumps(entries))
        return path

    return make


def index_of(file: str, prepare: Callable[[Path], object] = lambda folder: None) -> Maker:
    """A maker of an index that lists one more file."""

    def make(folder: Path, _: np.random.Generator) -> Path:
        path = write_csv(folder, ROWS)
        prepare(folder)
        with path.open("a") as table:
            table.write(f"odd,-2.7,VASP,{file}\n")
        return path

    return make


def text_file(name: str, text: str) -> Callable[[Path], object]:
    """Writes a file beside an index."""
    return lambda folder: (folder / name).write_text(text)


def pipe(folder: Path, _: np.random.Generator) -> Path:
    os.mkfifo(folder / "set.extxyz")
    return folder / "set.extxyz"


def listening(folder: Path, _: np.random.Generator) -> Path:
    before = Path.cwd()
    os.chdir(folder)  # The path of a socket has at most 107 bytes.
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("set.db")
    finally:
        os.chdir(before)
    return folder / "set.db"


def pipe_in_tree(folder: Path, _: np.random.Generator) -> Path:
    path = runs_with(folder)
    (path / "piped").mkdir()
    os.mkfifo(path / "piped" / "vasprun.xml")
    (path / "looped").symlink_to(path)
    (path / "gone").symlink_to(folder / "nowhere")
    return path


def latin_names(folder: Path, _: np.random.Generator) -> Path:
    path = runs_with(folder)
    (path / "1-0-1").rename(path / os.fsdecode(b"\xfcber"))
    return path


def deep_tree(folder: Path, _: np.random.Generator) -> Path:
    path = runs_with(folder)
    place = path
    for number in range(60):
        place = place / f"level-{number}"
    place.mkdir(parents=True)
    (path / "1-0-1" / "vasprun.xml").rename(place / "vasprun.xml")
    return path


def cell(factors: tuple[float, float, float], n_repeats: int, noise: float) -> Maker:
    """A maker of a set with one cell that is stretched, repeated and shaken."""

    def make(folder: Path, rng: np.random.Generator) -> Path:
        side = 4.0 * n_repeats
        box = np.diag(factors) * side
        fractions = rng.random((min(4 * n_repeats**3, 62), 3))
        places = fractions @ box + rng.normal(0, noise, (len(fractions), 3))
        lines = [f"{'Ag' if n % 2 else 'Au'} {x} {y} {z}" for n, (x, y, z) in enumerate(places)]
        lattice = " ".join(str(number) for number in box.ravel())
        head = f'Lattice="{lattice}" Properties=species:S:1:pos:R:3 energy=-9 structure_id=odd'
        path = extxyz(folder)
        path.write_text(path.read_text() + "\n".join([str(len(lines)), head, *lines, ""]))
        return path

    return make


def hostile_makers() -> dict[str, tuple[Maker, int]]:
    """Each kind of input, and of how many random ones a campaign makes at least."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    laughs = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{entities}]><modeling>&a11;'
    odd = XYZ.format(name="odd")
    many = {
        "extxyz, damaged": (damaged(extxyz), 60),
        "vasprun.xml, damaged": (damaged_run, 40),
        "ASE database, damaged": (damaged(lambda folder: write_database(folder, ROWS)), 30),
        "ASE JSON, damaged": (damaged(lambda folder: write_json(folder, ROWS)), 20),
        "CSV index, damaged": (damaged(lambda folder: write_csv(folder, ROWS)), 20),
        "melt of 62 atoms": (cell((1, 1, 1), 3, 0.0), 8),
        "cell a hundred times as long": (cell((1, 1, 100), 2, 0.3), 4),
    }
    single: dict[str, Maker] = {
        "unknown element": with_frame("1", odd, "Zz 0 0 0"),
        "energy as text": with_frame("1", odd.replace("-2.7", "abc"), "Ag 0 0 0"),
        "10^12 atoms announced": with_frame("999999999999", odd, "Ag 0 0 0"),
        "10^40 atoms announced": with_frame("9" * 40, odd, "Ag 0 0 0"),
        "fewer atoms than announced": with_frame("7", odd, "Ag 0 0 0"),
        "more atoms than announced": with_frame("1", odd, "Ag 0 0 0", "Ag 2 2 2"),
        "negative count": with_frame("-4", odd, "Ag 0 0 0"),
        "no positions": with_frame("1", odd, "Ag"),
        "positions that are no numbers": with_frame("1", odd, "Ag nan inf 1e999"),
        "a singular cell": with_frame("1", odd.replace("4 0 0 0 4 0", "4 0 0 4 0 0"), "Ag 0 0 0"),
        "a cell of nothing": with_frame("1", odd.replace("4", "0"), "Ag 0 0 0"),
        "a cell of 10^200": with_frame("1", odd.replace('"4', '"4e200'), "Ag 0 0 0"),
        "a cell of 10^-200": with_frame("1", odd.replace('"4', '"4e-200'), "Ag 0 0 0"),
        "a line of 5 MB": with_frame("1", odd + " x=" + "y" * 5_000_000, "Ag 0 0 0"),
        "quotes that never end": with_frame("1", odd + ' x="', "Ag 0 0 0"),
        "columns that are not there": with_frame("1", odd.replace("pos:R:3", "pos:R:300000"), "Ag"),
        "an unknown type of column": with_frame("1", odd.replace("R:3", "Q:3"), "Ag 0 0 0"),
        "a name as a path": with_frame("1", odd.replace("odd", f"/{UP}/{UP}/x"), "Ag 0 0 0"),
        "a name that speaks to a terminal": with_frame("1", odd + "\x1b[2J\x07", "Ag 0 0 0"),
        "a name in Latin-1": with_frame("1", odd.replace("odd", "\xfcber"), "Ag 0 0 0"),
        "a name of 100 kB": with_frame("1", odd.replace("odd", "y" * 100_000), "Ag 0 0 0"),
        "two atoms at one place": with_frame("2", odd, "Ag 0 0 0", "Ag 0 0 0"),
        "NUL bytes": content("set.extxyz", b"\0" * 100_000),
        "random bytes": content("set.extxyz", bytes(range(256)) * 1000),
        "nothing": content("set.extxyz", b""),
        "UTF-16": content("set.extxyz", f"1\n{odd}\nAg 0 0 0\n".encode("utf-16")),
        "a trajectory of nothing": content("set.traj", b"- of UlmASE-Trajectory" + b"\xff" * 200),
        "a picture": content("set.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 100),
        "a Parquet file of nothing": content("set.parquet", b"PAR1" + b"\xff" * 100 + b"PAR1"),
        "JSON of brackets": content("set.json", b"[" * 1_000_000),
        "JSON of one number": content("set.json", b'{"1": ' + b"9" * 10_000 + b"}"),
        "JSON with a lone surrogate": changed_json("key_value_pairs", {"name": "\ud800"}),
        "JSON: positions as text": changed_json("positions", "here"),
        "JSON: 10^9 numbers": changed_json("numbers", {"__ndarray__": [[10**9], "int64", [47]]}),
        "JSON: cell of objects": changed_json("cell", {"x": {}}),
        "JSON: energy of lists": changed_json("energy", [[1], [2]]),
        "SQL: energy as text": sql("update systems set energy = 'abc' where id = 3"),
        "SQL: positions cut": sql("update systems set positions = x'0102030405' where id = 3"),
        "SQL: 50 MB of positions": sql("update systems set positions = zeroblob(5e7) where id = 3"),
        "SQL: keys that are no JSON": sql("update systems set key_value_pairs = '{' where id = 3"),
        "SQL: numbers out of range": sql(
            "update systems set numbers = x'ffffff7fffffff7f' where id = 3"
        ),
        "SQL: an endless view": sql(
            "alter table systems rename to held",
            "create view systems as with recursive n(i) as (select 1 union all select i + 1 from n)"
            " select held.* from held, n",
        ),
        "SQL: a version of the future": sql("update information set value = '99'"),
        "SQL: no tables": content("set.db", b"SQLite format 3\0" + b"\0" * 5000),
        "a pipe": pipe,
        "a socket": listening,
        "a tree with a pipe and loops": pipe_in_tree,
        "a tree with names in Latin-1": latin_names,
        "a tree of 60 storeys": deep_tree,
        "XML of a billion laughs": lambda folder, _: runs_with(folder, laughs),
        "XML of asterisks": lambda folder, _: runs_with(
            folder, vasprun(ROWS[0]).replace('"e_fr_energy">-2', '"e_fr_energy">**')
        ),
        "XML of another kind": lambda folder, _: runs_with(folder, "<html><body/></html>"),
        "XML 100,000 deep": lambda folder, _: runs_with(folder, "<modeling>" + "<a>" * 100_000),
        "an OUTCAR of one line": lambda folder, _: runs_with(folder, "vasp.6.3.0\n", "OUTCAR"),
        "an OUTCAR of 10^9 atoms": lambda folder, _: runs_with(
            folder, "vasp.6\n ions per type = 999999999\n TOTAL-FORCE\n-\n", "OUTCAR"
        ),
        "an index of a device": index_of("/dev/zero"),
        "an index of a pipe": index_of("p.cif", lambda folder: os.mkfifo(folder / "p.cif")),
        "an index of a folder": index_of("."),
        "an index of itself": index_of("index.csv"),
        "an index of a POSCAR of 10^9 atoms": index_of(
            "POSCAR",
            text_file("POSCAR", "x\n1\n4 0 0\n0 4 0\n0 0 4\nAg\n999999999\nDirect\n0 0 0\n"),
        ),
        "an index of an empty CIF": index_of("e.cif", text_file("e.cif", "data_x\nloop_\n")),
        "an index of a name with NUL": index_of("a\0b"),
        "a table of quotes": content("set.csv", b'file,total_energy\n"' + b"x" * 1_000_000),
        "a table with a name twice": content("set.csv", b"file,file,total_energy\na,b,1\n"),
        "a table without end of row": content("set.csv", b"file,total_energy" + b",x" * 200_000),
        "a bomb of gzip": bomb("set.extxyz.gz", gzip.compress, f"1\n{odd}\n"),
        "a bomb of bzip2": bomb("set.extxyz.bz2", bz2.compress, f"1\n{odd}\n"),
        "a bomb of xz": bomb("set.extxyz.xz", lzma.compress, f"1\n{odd}\n"),
        "a vasprun.xml that is a bomb": bomb("vasprun.xml.gz", gzip.compress, "<modeling>"),
        "a POSCAR that is a bomb": lambda folder, rng: index_of(
            "POSCAR.gz", lambda place: bomb("POSCAR.gz", gzip.compress, "x\n")(place, rng)
        )(folder, rng),
        "a cell of a million to one": cell((1, 1, 1e6), 1, 0.0),
        "a cell of one to a thousand": cell((300, 300, 0.01), 1, 0.0),
    }
    return many | {name: (maker, 1) for name, maker in single.items()}
