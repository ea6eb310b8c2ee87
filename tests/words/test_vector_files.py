"""Files of word vectors as they are met with: marks of byte order, ends of lines, packed, cut short, with NaN."""

import gzip

import pytest
import torch

from lecturelib.words import vector_files

TEXT = b"2 3\na 1 2 3\nb 4 5 6\n"
VECTORS = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def as_read(path, **arguments):
    words, vectors = vector_files.read(path, **arguments)
    assert vectors.dtype == torch.float32
    return words, vectors.tolist()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "mark"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("head", [True, False])
def test_marks_of_byte_order_and_ends_of_lines_do_not_change_what_is_read(tmp_path, mark, end, head):
    path = tmp_path / "vectors.txt"
    path.write_bytes(mark + (TEXT if head else TEXT[4:]).replace(b"\n", end))
    assert as_read(path) == as_read(str(path)) == (("a", "b"), VECTORS.tolist())
    assert as_read(path, first=1) == (("a",), VECTORS[:1].tolist())


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("name", ["vectors", "vectors.gz"])
def test_written_and_read_from_paths_of_both_kinds_and_words_read_once(tmp_path, name, binary):
    path = str(tmp_path / name)
    vector_files.write(path, iter(["é", "<unk>"]), VECTORS.double(), binary=binary)
    assert as_read(path) == (("é", "<unk>"), VECTORS.tolist())
    if name.endswith(".gz"):
        with gzip.open(path) as file:
            assert file.readline() == b"2 3\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected lines of a word and its numbers, got none"),
        (b"0 3\n", "expected lines of a word and its numbers, got none"),
        (b"2 3\n", "expected 2 words, as its first line says, got 0 and the end"),
        (b"1 2\na nan 4\n", "expected finite numbers, got NaN or infinity for 'a'"),
        (b"a 1 2\nb inf 4\n", "expected finite numbers, got NaN or infinity for 'b'"),
        (b"1 1\na \x00\x00\xc0\x7f\n", "expected finite numbers, got NaN or infinity for 'a'"),  # binary
        (b"2 3\na 1 2\nb 3 4\n" + 9 * b"0", "expected a word and 3 numbers, got b'a 1 2\\n', line 1"),
        (b"2 2\n\xe9 1 2\nb 3 4\n" + 9 * b"0", "expected a word and 2 numbers, got b'\\xe9 1 2\\n', line 1"),  # Latin-1
        (b"1 2\na\t1\t2\n", "expected a word and 2 numbers, got b'a\\t1\\t2\\n', line 1"),
        (b"a\t1\t2\nb\t3\t4\n", "expected a word and 2 numbers, got b'a\\t1\\t2\\n', line 1"),
    ],
)
def test_files_that_are_refused(plain_errors, tmp_path, content, message):
    path = tmp_path / "vectors"
    path.write_bytes(content)
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
        vector_files.read(path)
    assert str(error.value) == f"{path}: {message}"


@pytest.mark.parametrize(("first", "kind"), [(0, ValueError), (-1, ValueError), (1.5, TypeError)])
def test_a_number_of_words_that_is_none(plain_errors, tmp_path, first, kind):
    (tmp_path / "vectors").write_bytes(TEXT)
    with pytest.raises(kind, match=r"^first: expected a positive integer, got"):
        vector_files.read(tmp_path / "vectors", first)


@pytest.mark.parametrize(
    ("words", "vectors", "message"),
    [
        (["a"], VECTORS, "words: expected 2, one for each vector, got 1"),
        (["a", "b"], VECTORS.log1p() / 0, "vectors: expected finite numbers, got 6 others"),
        (["a", "b c"], VECTORS, "words: expected words without blanks and ends of lines, got 'b c'"),
    ],
)
def test_what_cannot_be_written_leaves_no_file(plain_errors, tmp_path, words, vectors, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
        vector_files.write(tmp_path / "vectors", words, vectors)
    assert str(error.value) == message
    assert not (tmp_path / "vectors").exists()
