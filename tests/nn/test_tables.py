"""Tables: one reader for what is learned from, measured on and predicted of; every complaint names line and column."""

import pathlib
import random
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from autograd import ArgumentError
from nn import MLP
from nn.__main__ import main
from nn.checkpoint import Checkpoint, save
from nn.data import Data
from nn.tables import read_csv, read_inputs


def write(folder: pathlib.Path, text: str | bytes) -> pathlib.Path:
    path = folder / "data.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_numbers_to_predict(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, "\ufeffrooms, size ,price\n3,70.5,100.5\n\n2,40,80.25\n1,1e2,77\n")
    data = read_csv(path, "price")
    assert data == Data([[3.0, 70.5], [2.0, 40.0], [1.0, 100.0]], [100.5, 80.25, 77.0], ["rooms", "size"], [])
    assert read_inputs(path, ["size", "rooms"]) == ([2, 4, 5], [[70.5, 3.0], [40.0, 2.0], [100.0, 1.0]])


def test_classes_of_words_and_of_whole_numbers(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, 'kind,a\nred,1\n"blue, dark",2\nred,3\n')
    assert read_csv(path, "kind") == Data([[1.0], [2.0], [3.0]], [1, 0, 1], ["a"], ["blue, dark", "red"])
    path = write(tmp_path, "a,y\n" + "".join(f"{n},{(n % 2) + 9}\n" for n in range(30)))
    data = read_csv(path, "y")
    assert (data.classes, data.y[:3]) == (["9", "10"], [0, 1, 0])
    assert read_csv(path, "y", classes=["10", "9"]).y[:3] == [1, 0, 1]


@pytest.mark.parametrize(("rows", "kinds", "are_classes"), [(30, 3, True), (29, 3, False), (5, 2, True), (5, 3, False)])
def test_few_whole_numbers_are_two_or_a_tenth_of_the_rows(
    tmp_path: pathlib.Path, rows: int, kinds: int, are_classes: bool
) -> None:
    path = write(tmp_path, "a,y\n" + "".join(f"{n},{n % kinds}\n" for n in range(rows)))
    assert read_csv(path, "y").classes == ([str(kind) for kind in range(kinds)] if are_classes else [])


def test_a_class_is_a_number_and_not_how_it_is_written(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, "a,y\n1,0\n2,1\n3,1.0\n4,0.0\n5,+1\n")
    assert (read_csv(path, "y").classes, read_csv(path, "y").y) == (["0", "1"], [0, 1, 1, 0, 1])
    assert read_csv(path, "y", classes=["1", "0"]).y == [1, 0, 0, 1, 0]
    path = write(tmp_path, "a,y\n1,007\n2,7\n3,x\n")
    assert read_csv(path, "y").classes == ["007", "7", "x"], "among words, numbers are words"


def test_what_holds_numbers_is_said_by_who_knows(tmp_path: pathlib.Path) -> None:
    """A network that predicts numbers is measured on numbers, however few there are of them."""
    path = write(tmp_path, "a,y\n1,100\n2,200\n3,100\n")
    assert read_csv(path, "y").classes == ["100", "200"]
    assert read_csv(path, "y", classes=[]) == Data([[1.0], [2.0], [3.0]], [100.0, 200.0, 100.0], ["a"], [])
    with pytest.raises(ArgumentError, match="line 2, column 'y' is 'red', not a number"):
        read_csv(write(tmp_path, "a,y\n1,red\n"), "y", classes=[])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_cells_separated_otherwise(tmp_path: pathlib.Path, separator: str) -> None:
    text = "\n\na,b b,y\n1,2.5,no\n\n3,-4,yes\n".replace(",", separator)
    assert read_csv(write(tmp_path, text), "y") == Data([[1.0, 2.5], [3.0, -4.0]], [0, 1], ["a", "b b"], ["no", "yes"])
    if separator != ",":
        with pytest.raises(
            ArgumentError, match=r"line 3, column 'a' is '1,5', not a number: decimals are written with a point"
        ):
            read_inputs(write(tmp_path, "a,b\n1,2\n1@5,3\n".replace(",", separator).replace("@", ",")))


def test_a_comma_in_a_name_is_no_separator(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, "size, m2;price, EUR\n1;2\n3;4\n")
    assert read_csv(path, "price, EUR").columns == ["size, m2"]
    path = write(tmp_path, '"a;b",y\n1,2.5\n2,3.5\n3,4.5\n')
    assert read_csv(path, "y").columns == ["a;b"]
    assert read_inputs(write(tmp_path, "x\n1\n\n2\n")) == ([2, 4], [[1.0], [2.0]])


# The kinds of doubtful tables: refused with the same words by whoever reads them. The target of these is y.
REFUSED = [
    ("", "nothing in it"),
    ("\n \n", "nothing in it"),
    ("a,y\n", "no data below its header"),
    ("a,a,y\n1,2,3\n", "two columns are called 'a', 1 and 2"),
    ("a,b, a ,y\n1,2,3,4\n", "two columns are called 'a', 1 and 3"),
    ("a,y,y\n1,2,3\n", "two columns are called 'y'"),
    (",a,y\n0,1,2\n", "column 1 has no name.*index=False"),
    ("a,y,\n0,1,\n", "column 3 has no name"),
    ("a,y\n1,2\n1\n", "line 3: 1 cells, but the header has 2$"),
    ("a,y\n1,2\n\n\n1,2,3\n", "line 5: 3 cells, but the header has 2.*decimal comma"),
    ("a,y\n1,2\n1,2,\n", "line 3: 3 cells.*separator too many"),
    ("a;y\n1;2\n1;2;3\n", "line 3: 3 cells.*separated by semicolons"),
    ('a,y\n"1\n2",3\n', r"line 2, column 'a' is '1\\n2', not a number"),
    ('a,y\n1,"2\n"\nx,3\n', "line 4, column 'a' is 'x', not a number"),
    ("a,y\n1,2\n ,3\n", "line 3, column 'a' is empty"),
    ("a,y\nnan,2\n", "line 2, column 'a' is 'nan'; fill the gap"),
    ("a,y\n\n1,2\n\nNaN,2\n", "line 5, column 'a' is 'NaN'; fill the gap"),
    ("a,y\n-inf,2\n", "line 2, column 'a' is '-inf'; fill the gap"),
    ("a,y\n1e400,2\n", "line 2, column 'a' is '1e400', too large"),
    ("a,y\n1_000,2\n", "line 2, column 'a' is '1_000', not a number"),
    ('a,y\n"1,5",2\n', "line 2, column 'a' is '1,5', not a number: decimals are written with a point"),
    ("a,y\nRome,2\n", "line 2, column 'a' is 'Rome', not a number; of words, make a column of 0 and 1"),
    ("a,y\n$5,2\n", r"line 2, column 'a' is '\$5', not a number"),
    (b"a,y\n\xff\xfe,1\n", "not UTF-8 text"),
    ("a,y\n1,2\n".encode("utf-16"), "not UTF-8 text"),
    ('a,y\n1,"' + "x" * 200_000 + '"\n', "field larger than field limit"),
]
TARGETS = [
    ("a,y\n1,red\n2,\n", "line 3, column 'y' is empty"),
    ("a,y\n1, \n2,\n", "line 2, column 'y' is empty"),
    ("a,y\n1,red\n2,nan\n", "line 3, column 'y' is 'nan'"),
    ("a,y\n1,red\n2,1e400\n", "line 3, column 'y' is '1e400', too large"),
    ("a,y\n1,1e400\n2,1e400\n", "line 2, column 'y' is '1e400', too large"),
    ("a,y\n1,0\n2,inf\n3,1\n", "line 3, column 'y' is 'inf'"),
    ("a,y\n1,2.5\n2,inf\n3,1.5\n", "line 3, column 'y' is 'inf'"),
]


def reads(path: pathlib.Path) -> list[Callable[[], Any]]:
    """What train, evaluate and predict do with a table."""
    return [
        lambda: read_csv(path, "y"),
        lambda: read_csv(path, "y", classes=["1", "2"], columns=["a"]),
        lambda: read_inputs(path, ["a"]),
    ]


@pytest.mark.parametrize(("text", "hint"), REFUSED)
def test_a_doubtful_table_is_refused_by_every_reader(tmp_path: pathlib.Path, text: str | bytes, hint: str) -> None:
    for read in reads(write(tmp_path, text)):
        with pytest.raises(ArgumentError, match=hint):
            read()


@pytest.mark.parametrize(("text", "hint"), TARGETS)
@pytest.mark.parametrize("classes", [None, ["red"], []])
def test_a_gap_is_no_class(tmp_path: pathlib.Path, text: str, hint: str, classes: list[str] | None) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ArgumentError, match=hint if classes != [] or "red" not in text else "'red', not a number"):
        read_csv(path, "y", classes)
    assert read_inputs(path, ["a"])[1][0] == [1.0], "who predicts does not need the target"


def test_columns_that_are_missing(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, "a,price\n1,2\n")
    with pytest.raises(ArgumentError, match=r"no column 'prise', the target. Did you mean 'price'\? Its columns: a, price"):
        read_csv(path, "prise")
    with pytest.raises(ArgumentError, match=r"no column 'aa', which the network takes. Did you mean 'a'\?"):
        read_inputs(path, ["aa"])
    with pytest.raises(ArgumentError, match="no column besides the target"):
        read_csv(write(tmp_path, "y\n1\n"), "y")
    with pytest.raises(ArgumentError, match=r"its first line is 1.0, 2.0. It has to be a header"):
        read_csv(write(tmp_path, "1.0,2.0\n3.0,4.0\n"), "y")
    path = write(tmp_path, ",".join(f"c{n}" for n in range(5000)) + "\n" + ",".join("1" * 5000) + "\n")
    with pytest.raises(ArgumentError, match=r"c0, c1, .* and 4988 more$"):
        read_csv(path, "y")
    path = write(tmp_path, "0,1,y\n3.0,4.0,1.5\n")
    assert read_csv(path, "y").columns == ["0", "1"], "numbers can be names"


def test_unexpected_classes_and_unreadable_files(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, "a,y\n1,red\n")
    with pytest.raises(ArgumentError, match=r"line 2, column 'y' is 'red'; the classes are blue, green"):
        read_csv(path, "y", classes=["blue", "green"])
    with pytest.raises(ArgumentError, match="cannot read"):
        read_csv(tmp_path / "none.csv", "y")
    with pytest.raises(ArgumentError, match="cannot read"):
        read_csv(tmp_path, "y")


def test_reading_takes_memory_in_proportion_to_the_file(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, "a,b,c,y\n" + "0.25,-1.5,1e3,7.5\n" * 20_000)
    tracemalloc.start()
    try:
        data = read_csv(path, "y")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(data) == 20_000
    assert peak < 25 * path.stat().st_size


def test_any_damage_is_a_table_or_a_clear_error(tmp_path: pathlib.Path) -> None:
    good = b"a;b;y\n1;2;no\n3;4;yes\n-5;1e3;no\n\n6;7;no\n"
    rng = random.Random(0)
    refused = 0
    for _ in range(1500):
        damaged = bytearray(good)
        for _ in range(rng.randrange(1, 4)):
            k = rng.randrange(len(damaged))
            damaged[k : k + rng.randrange(3)] = rng.choice(
                [b"", b";", b",", b'"', b"\n", b"\x00", b"nan", b"1e999", b"\xff", b"9"]
            )
        path = write(tmp_path, bytes(damaged))
        try:
            data = read_csv(path, "y")
        except ArgumentError:
            refused += 1
            continue
        assert all(abs(v) < 1e300 for row in data.x for v in row)
        assert "" not in (*data.columns, *data.classes)
        assert len(set(data.columns)) == len(data.columns) == len(data.x[0])
    assert 300 < refused < 1450


# --- the command line reads with it --------------------------------------------------------------------------------------


@pytest.fixture
def model(tmp_path: pathlib.Path) -> str:
    path = tmp_path / "model.safetensors"
    net = MLP(1, [2], activation="linear", rng=random.Random(0))
    save(path, Checkpoint(net, columns=["a"], classes=["1", "2"], training={"settings": {"target": "y"}}))
    return str(path)


@pytest.mark.parametrize(("text", "hint"), REFUSED)
def test_train_evaluate_and_predict_refuse_with_the_same_words(
    tmp_path: pathlib.Path, model: str, text: str | bytes, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(write(tmp_path, text))
    said = set()
    out = str(tmp_path / "out.safetensors")
    for command in (["train", path, "--target", "y", "--save", out], ["evaluate", model, path], ["predict", model, path]):
        assert main(command) == 1
        out_text, err = capsys.readouterr()
        assert out_text == ""
        said.add(err)
    assert len(said) == 1
